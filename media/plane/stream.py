"""One leg of the numpy engine; what it hears: the rules of kernels/receive.c in plain Python."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from media.audio import comfort, fax, inband
from media.codecs import g711
from media.codecs.voice import scale_event
from media.plane import records
from media.plane.outlet import LAWS, Outlet, through
from media.plane.records import Kind, PlayEnd
from media.plane.tally import is_measured, measure, show_order
from media.rtp import dtmf, packet
from media.rtp.heard import HeardStream, Hearing
from media.rtp.jitter import Arrival as Kept
from media.rtp.latch import Verdict
from media.rtp.pace import Pace
from media.rtp.packet import Packet
from media.rtp.sequence import Arrival, Sequence
from media.rtp.share import Guest, Share, Shared, guest
from media.rtp.stats import Timing

REPEATED_NS_MAX = 250_000_000  # what comes again after such a silence is no network's doing: the sender begins anew
ASIDES_PER_SECOND_MAX, GUESTS_PER_SECOND_MAX, HEARD_PER_SECOND_MAX = 50, 100, 500
SSRC_CHANGES_MAX, PRESSES_PER_SECOND_MAX = 0xFFFF, 50
KEY_MIN, KEY_MAX, KEY_GAP = 400, 8000, 400  # samples, of a key that is sent on the other way


@dataclass(slots=True)
class Stream(Outlet):
    """A whole leg."""

    rtcp_mux: bool = False
    asides: int = 0
    guests: int = 0
    heard: int = 0
    presses: int = 0
    told_presses: dict[bool, bool] = field(default_factory=dict)  # whether it was told that the press (of a tone) began
    share: Share = field(default_factory=Share)
    order: Sequence = field(default_factory=Sequence)
    timing: Timing = field(default_factory=Timing)
    one_heard: HeardStream = field(default_factory=HeardStream)
    stamps: Pace = field(default_factory=Pace)
    keys_in: dtmf.Receiver = field(default_factory=dtmf.Receiver)
    listens: bool = False
    tones_in: inband.Receiver = field(default_factory=inband.Receiver)
    fax: fax.Listener = field(default_factory=fax.Listener)
    segments: list[tuple[int, int]] = field(default_factory=list)
    rx_timeout_ms: int = 0
    rx_watch_ns: int = 0
    timed_out: bool = False

    def receive(self, data: bytes, address: int, port: int, now_ns: int) -> None:
        """One datagram to all its effects."""
        kind = guest(data)
        if self._is_aside(kind):
            self._hand_over(kind, data, address, port, now_ns)
            return
        plain = self._open(data, address, port)
        if plain is None:
            return
        parsed = packet.parse(plain)
        if parsed is None:
            self.row["malformed"] += 1
            return
        verdict = self.latch.judge((address, port), parsed.ssrc, parsed.sequence)
        if verdict is Verdict.FOREIGN or (verdict is Verdict.PROBATION and self.latch.locked is not None):
            self.row["foreign"] += 1
        if verdict is Verdict.LATCHED:
            self.tell(self.handle, Kind.LATCHED, int(self.latch.exact), *records.source_words(address), port=port)
        if verdict < Verdict.ACCEPTED or not self._has_room():
            return
        of = self.one_heard.hear(parsed.ssrc, self._is_voice(parsed), self.order.ahead(parsed.sequence), now_ns)
        if of is Hearing.BESIDE:
            self.row["foreign"] += 1
            return
        self._note(parsed, of, now_ns)
        if self.one_heard.name is not None and parsed.ssrc == self.one_heard.ssrc:
            parsed = replace(parsed, ssrc=self.one_heard.name)
        arrival = self._count(parsed)
        if arrival in (Arrival.JUMP, Arrival.RESTART) and self.peer is not None:
            self.peer.tx.mapped = False  # it is of another run
        if arrival is Arrival.RESTART:
            self._begin_anew()
        if arrival is not Arrival.DUPLICATE:
            self._take(parsed, now_ns)

    def meet(self) -> None:
        """Its far end may be another one from now on."""
        self.first_unheard_ns, self.one_heard = 0, HeardStream()

    def _is_aside(self, kind: Guest) -> bool:
        """Whether it is for others, whoever sent it."""
        match kind:
            case Guest.RTCP:
                return self.rtcp_mux
            case Guest.STUN:
                return Shared.ICE in self.share.kinds
            case Guest.DTLS:
                return Shared.DTLS in self.share.kinds
        return False

    def _hand_over(self, kind: Guest, data: bytes, address: int, port: int, now_ns: int) -> None:
        """Not more than so much a second: RTCP (RFC 5761) and DTLS of the leg's own source, STUN from anywhere if it is meant
        for this leg, for that is how a source becomes one."""
        source = (address, port)
        match kind:
            case Guest.STUN:
                is_ours = self.share.is_ours(data)
            case Guest.DTLS:
                is_ours = self.latch.may_hear(source)
            case _:
                is_ours = self.latch.knows(source)
        if not is_ours:
            self.row["foreign"] += 1
            return
        if kind is Guest.RTCP:
            self.asides, has_room = self.asides + 1, self.asides < ASIDES_PER_SECOND_MAX
        else:
            self.guests, has_room = self.guests + 1, self.guests < GUESTS_PER_SECOND_MAX
        if has_room:
            self.aside(records.Aside(self.handle, address, port, data, now_ns))

    def _has_room(self) -> bool:
        """Two legs whose far ends are each other's ports would relay one packet for ever."""
        self.heard += 1
        self.row["flooded"] += self.heard > HEARD_PER_SECOND_MAX
        return self.heard <= HEARD_PER_SECOND_MAX

    def _open(self, data: bytes, address: int, port: int) -> bytes | None:
        """The datagram in the clear; what is not authentic latches nothing and is no part of the stream."""
        if self.srtp.hears_secured and not self.latch.may_hear((address, port)):
            self.row["foreign"] += 1
            return None
        plain = self.srtp.open(data)
        if plain is None:
            self.row["unauthentic"] += 1
        return plain

    def _begin_anew(self) -> None:
        """The same stream with numbers of before: a sound file of packets is played again, say."""
        self.voice.forget_order()
        self.stamps.restart()
        self.keys_in.forget()
        if self.peer is not None:
            self.peer.tx.mapped, self.peer.key = False, None

    def _is_voice(self, parsed: Packet) -> bool:
        return not self.is_key(parsed.payload_type) and self.law_of(parsed.payload_type) is not None

    def _is_again(self, parsed: Packet, now_ns: int) -> bool:
        """Numbers of before after a silence, or with a timestamp that goes on. The rest of a key that was told is none: it is a
        copy that came very late."""
        if self.row["rx_ssrc"] != parsed.ssrc or not self.order.is_past(parsed.sequence):
            return False
        is_after_silence = now_ns > int(self.row["last_rx_ns"]) + REPEATED_NS_MAX
        if self.is_key(parsed.payload_type):
            return is_after_silence and parsed.marker
        if is_after_silence or not self._is_voice(parsed):
            return is_after_silence
        return self.stamps.goes_on(self.order.max_sequence & 0xFFFF, self.voice.stamp(parsed.timestamp))

    def _note(self, parsed: Packet, of: Hearing, now_ns: int) -> None:
        row = self.row
        if self._is_again(parsed, now_ns):
            self.order.restart()
            self.timing.restart()
            self._begin_anew()
        if row["rx_packets"] and row["rx_ssrc"] != parsed.ssrc:
            row["ssrc_changes"] += row["ssrc_changes"] < SSRC_CHANGES_MAX
            self.tell(self.handle, Kind.SSRC_CHANGE, 0, int(row["rx_ssrc"]), parsed.ssrc, 0)
            if of is Hearing.HEARD:
                self.order.restart()
                self.timing.restart()
                self.voice.forget_order()
                self.stamps.restart()
        row["rx_ssrc"] = parsed.ssrc
        row["rx_packets"] += 1
        row["rx_octets"] += len(parsed.payload)
        row["last_rx_ns"] = now_ns
        self.timed_out = False

    def _count(self, parsed: Packet) -> Arrival:
        arrival = self.order.arrive(parsed.sequence)
        if arrival is Arrival.RESTART:
            self.timing.restart()
        show_order(self.row, self.order)
        return arrival

    def end(self) -> None:
        """The leg closes: its last packets are judged."""
        self.order.end()
        show_order(self.row, self.order)

    def _take(self, parsed: Packet, now_ns: int) -> None:
        is_event = self.is_key(parsed.payload_type)
        law = 0 if is_event else self.law_of(parsed.payload_type)
        heard, parsed = parsed, replace(parsed, timestamp=self.voice.stamp(parsed.timestamp))
        if not is_event and law is not None:
            parsed = replace(parsed, timestamp=self._paced(parsed, now_ns))
        elif not is_event:
            parsed = replace(parsed, timestamp=parsed.timestamp + self.stamps.shift & 0xFFFFFFFF)
        if is_event:
            self._key(heard, now_ns)
            parsed = replace(parsed, timestamp=self.stamps.key(parsed.timestamp, parsed.marker))
            to_scale = self.voice.event_scale if self.peer is None else self.peer.voice.event_scale
            parsed = replace(parsed, payload=scale_event(parsed.payload, self.voice.event_scale, to_scale))
        elif self.voice.number and parsed.payload_type in (self.payload_type_heard, self.payload_type):
            self._coded(parsed, now_ns)
            return
        elif law is not None:
            self._audio(parsed, law, now_ns)
            if self._is_played_out:
                self._play_out_codes(parsed, law, now_ns)
                return
        elif parsed.payload_type == comfort.PAYLOAD_TYPE:
            self._noise(parsed, now_ns)
            return
        else:
            self.row["unknown_payload"] += 1
            if self.peer is not None and not self.recodes and not self.peer.knows(parsed.payload_type):
                self.peer.pass_beside(parsed, now_ns)
                return
        if self.peer is not None:
            self.peer.relay(parsed, is_event, None if not is_event and self._is_converted else law, now_ns)

    def _paced(self, parsed: Packet, now_ns: int) -> int:
        """Voice whose timestamps say nothing goes by the count of its packets."""
        is_coded = bool(self.voice.number) and parsed.payload_type in (self.payload_type_heard, self.payload_type)
        frames = self.voice.frames(parsed.payload) if is_coded else len(parsed.payload)
        shift, now = self.stamps.shift, now_ns // records.NS_PER_SAMPLE
        stamp = self.stamps.stamp(parsed.sequence, parsed.timestamp, frames, now)
        if self.stamps.shift != shift:
            self._note_pause(self.stamps.shift - shift)
        return stamp

    def _note_pause(self, by: int) -> None:
        """The timestamps go on by so much more than the sender said: no network did that, and a far end is sent its own."""
        if self._is_played_out:
            self.ear.buffer.unlearn(self.stamps.packets)
        if self.peer is not None:
            self.peer.tx.shift(by)

    @property
    def _is_played_out(self) -> bool:
        return self.room is not None or self.recodes

    def _play_out(self, parsed: Packet, samples: NDArray[np.int16], now_ns: int) -> bool:
        """For the room, or for a far end that speaks otherwise; whether it came in time."""
        said = np.zeros_like(samples) if self._is_converted else samples
        now = now_ns // records.NS_PER_SAMPLE
        came = self.ear.buffer.push(parsed.ssrc, parsed.sequence, parsed.timestamp, said, now)
        self.row["playout_ms"] = self.ear.buffer.target // 8
        return came is not Kept.LATE

    def _play_out_packet(self, parsed: Packet, samples: NDArray[np.int16], now_ns: int) -> None:
        if not self._play_out(parsed, samples, now_ns):
            self.order.mark_late(parsed.sequence)
            self.row["late"] = self.order.late

    def _play_out_codes(self, parsed: Packet, law: int, now_ns: int) -> None:
        samples = g711.decode(LAWS[law], np.frombuffer(parsed.payload, np.uint8))
        self._play_out_packet(parsed, np.repeat(samples, self.ear.width), now_ns)

    def _noise(self, parsed: Packet, now_ns: int) -> None:
        """RFC 3389: made for who hears this leg at our pace; to a far end of the same coding it goes on as it came."""
        if self._is_played_out:
            self.ear.rest(parsed.ssrc, parsed.sequence, parsed.timestamp, parsed.payload)
        elif self.peer is not None:
            self.peer.pass_on(parsed, comfort.PAYLOAD_TYPE, np.zeros(0, np.int16), 0, now_ns)

    def _recover(self, parsed: Packet, now_ns: int) -> None:
        """What of the packets before this one is lost, as far as the coding can make it up."""
        frames = self.voice.frames(parsed.payload)
        pieces = self.voice.recover(parsed.sequence, parsed.timestamp, parsed.payload)
        for behind, samples in zip(range(len(pieces), 0, -1), pieces, strict=True):
            if len(samples) != frames * (2 if self.voice.wide else 1):
                return
            sequence, timestamp = parsed.sequence - behind & 0xFFFF, parsed.timestamp - behind * frames & 0xFFFFFFFF
            if self.tape.runs:
                narrow = through(self.law, self.voice.narrowed(samples))
                self.tape.put(0, timestamp, narrow, now_ns)
            if self._is_played_out:
                self._play_out(replace(parsed, sequence=sequence, timestamp=timestamp), samples, now_ns)

    def _coded(self, parsed: Packet, now_ns: int) -> None:
        """Another coding than G.711: a leg of the same one is sent the packet as it is."""
        peer = self.peer
        is_passed = peer is not None and not self.recodes
        is_wanted = not is_passed or self.listens or self.tape.runs or (peer is not None and peer.tape.runs)
        frames, samples = self.voice.frames(parsed.payload), np.zeros(0, np.int16)
        if is_wanted and frames:
            self._recover(parsed, now_ns)
            samples = self.voice.decode(parsed.payload)
            frames = len(samples) // (2 if self.voice.wide else 1)
        if frames == 0:
            self.row["malformed"] += 1
            if peer is not None:
                peer.relay(parsed, False, None, now_ns)
            return
        narrow = self.voice.narrowed(samples) if is_wanted else samples
        spoken = replace(parsed, payload=g711.encode(LAWS[self.law], narrow).tobytes())
        self._audio(spoken, self.law, now_ns)
        if self._is_played_out:
            self._play_out_packet(parsed, samples, now_ns)
        elif peer is not None and not self._is_converted:
            peer.pass_on(parsed, peer.payload_type, narrow, frames, now_ns)
        elif peer is not None:
            peer.relay(spoken, False, None, now_ns)

    def _audio(self, parsed: Packet, law: int, now_ns: int) -> None:
        is_behind = self.timing.arrive(parsed.timestamp, now_ns // records.NS_PER_SAMPLE)
        if not self._is_played_out:
            self.row["playout_ms"] = 0
            if is_behind:
                self.order.mark_late(parsed.sequence)
        self.row["jitter_q4"], self.row["late"] = self.timing.jitter_q4, self.order.late
        samples = g711.decode(LAWS[law], np.frombuffer(parsed.payload, np.uint8))
        if len(samples):
            measure(self.row["rx_level"], parsed.sequence, samples)
        if len(samples) and is_measured(parsed.sequence):
            tone = self.fax.hear(samples)
            if tone:
                self.tell(self.handle, Kind.FAX, int(tone), 0, 0, 0)
        if self.listens:
            presses, began = self.tones_in.hear(samples)
            self._pressed(presses, began, is_tone=True)
        self.tape.put(0, parsed.timestamp, samples, now_ns)

    def _key(self, parsed: Packet, now_ns: int) -> None:
        presses, began = self.keys_in.packet(parsed.payload, parsed.marker, parsed.sequence, parsed.timestamp, now_ns)
        before = len(presses) - int(began and not self.keys_in.active)  # its own end may come with it
        self._pressed(presses[:before], began, is_tone=False)
        self.tell_presses(presses[before:], is_tone=False)

    def _pressed(self, before: list[dtmf.Press], began: bool, is_tone: bool) -> None:
        """The presses that ended, and then perhaps the next one's beginning."""
        self.tell_presses(before, is_tone)
        if began:
            self.told_presses[is_tone], self.presses = self.presses < PRESSES_PER_SECOND_MAX, self.presses + 1
            self.row["flooded"] += not self.told_presses[is_tone]
        if began and self.told_presses[is_tone]:
            self.tell(self.handle, Kind.KEY, 0, int(is_tone), 0, 0)
            if self.prompt is not None and self.prompt.stop_on_key:
                self._played(PlayEnd.KEY)

    def tell_presses(self, presses: list[dtmf.Press], is_tone: bool) -> None:
        """The other side of the bridge gets each too, when it takes keys the other way."""
        for press in presses if self.told_presses.get(is_tone) else ():
            samples = press.duration // (1 if is_tone else self.voice.event_scale)
            character = ord(dtmf.CHARACTERS[press.event])
            self.tell(self.handle, Kind.DIGIT, character, samples // 8, int(is_tone), 0)
            if self.peer is not None and self._is_other_way(is_tone) and not self.peer.keys_aside:
                self.peer.keys_out.queue([press.event], max(KEY_MIN, min(KEY_MAX, samples)), KEY_GAP)

    def _is_other_way(self, is_tone: bool) -> bool:
        """The other side of the bridge takes keys the other way: tones become events there, events tones, or both are told it."""
        peer = self.peer
        takes_events = peer is not None and peer.dtmf_payload_type != records.NO_PAYLOAD_TYPE
        return peer is not None and (peer.keys_aside or is_tone == takes_events)

    @property
    def _is_converted(self) -> bool:
        """A tone that becomes an event is not heard as a tone too."""
        return self.tones_in.active and self._is_other_way(is_tone=True)
