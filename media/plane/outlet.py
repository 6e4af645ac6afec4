"""What the far end of a leg of the numpy engine hears: the rules of kernels/transmit.c in plain Python."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.audio import inband
from media.audio.conference import TOGETHER, Room, Speaking
from media.audio.playout import Playout
from media.codecs import g711
from media.codecs.voice import Voice, scale_event
from media.kernels import reference
from media.plane import records
from media.plane.records import Handle, Kind, PlayEnd
from media.plane.tally import is_measured, measure
from media.plane.tape import Prompt, Tape
from media.rtp import address as addresses
from media.rtp import dtmf, packet
from media.rtp.latch import Latch
from media.rtp.packet import Packet
from media.rtp.sender import Sender
from media.rtp.srtp_pair import SrtpPair

MS = 1_000_000
UNHEARD_SEND_MAX_NS = 5000 * MS
CATCH_UP_MS_MAX = 100
KEY_QUIET_NS, KEY_SEGMENT_MAX, KEY_OLD_MAX = 60 * MS, 0xFFFF, 80_000
LAWS = reference.LAWS
Tell = Callable[..., None]  # leg, kind, code, a, b, c, d, port
Aside = Callable[[records.Aside], None]


@dataclass(slots=True)
class KeyRelay:
    """A telephone event on its way through a leg that is sent at our own pace: its stamp as it came and as it goes."""

    ssrc: int
    heard: int
    sent: int


@dataclass(slots=True)
class Outlet:
    """`row` is the leg's statistics, in the engine's tables."""

    handle: Handle
    sock: socket.socket | None  # None: an attendant
    tx: Sender
    row: Any
    tape: Tape
    tell: Tell
    aside: Aside
    speaking: Speaking
    latch: Latch = field(default_factory=Latch)
    srtp: SrtpPair = field(default_factory=SrtpPair)
    voice: Voice = field(default_factory=Voice)
    law: int = 0
    payload_type: int = 0
    dtmf_payload_type: int = records.NO_PAYLOAD_TYPE
    payload_type_heard: int = 0
    dtmf_payload_type_heard: int = records.NO_PAYLOAD_TYPE
    keys_aside: bool = False
    ptime_ms: int = 20
    send: bool = False
    silence: bool = False
    hold: bool = False
    peer: Outlet | None = None
    room: Room | None = None
    ear: Playout = field(default_factory=Playout)
    key: KeyRelay | None = None
    quiet_until_ns: int = 0
    keys_out: dtmf.Sender = field(default_factory=lambda: dtmf.Sender([], 800, 800))
    prompt: Prompt | None = None
    first_unheard_ns: int = 0
    due_ns: int = 0

    @property
    def is_generating(self) -> bool:
        return self.prompt is not None or bool(self.keys_out.events)

    @property
    def recodes(self) -> bool:
        """Bridged to a leg that speaks otherwise: each is heard by the other through a play-out buffer, at our pace."""
        return self.peer is not None and self.peer.voice.number != self.voice.number

    def tune(self) -> None:
        """Both legs of a bridge listen anew; what both can speak in 16 kHz goes through at that."""
        wide = self.recodes and all(leg is not None and leg.voice.can_be_wide for leg in (self, self.peer))
        for leg in (self, self.peer):
            if leg is not None:
                leg.voice.widen(wide)
                leg.ear = Playout(2 if wide else 1)
                if leg.room is not None:
                    leg.room.seats[leg.handle.index].ear = leg.ear

    def wants_ticks(self, now_ns: int) -> bool:
        asked = self.is_generating or self.room is not None or (self.silence and self.peer is None)
        return asked or self._is_recoding(now_ns // records.NS_PER_SAMPLE)

    def _is_recoding(self, now: int) -> bool:
        if not self.recodes or self.peer is None:
            return False
        return self.peer.ear.buffer.begun and not self.peer.ear.buffer.is_over(now)

    def skip(self, now_ns: int) -> None:
        """The machine stood still for long: nobody wants the missed packets in one burst."""
        behind_ms = now_ns // MS - 1 - self.due_ns // MS
        if self.due_ns and behind_ms >= 0:
            self.due_ns += (behind_ms // self.ptime_ms + 1) * self.ptime_ms * MS
            self.tx.running = False

    def wind(self, now_ns: int) -> None:
        """Note when the next packet time is: legs start at different milliseconds, and each stays on its own grid."""
        if self.due_ns == 0 and self.wants_ticks(now_ns):
            first, phase = now_ns // MS + 1, self._phase % self.ptime_ms
            self.due_ns = (first + (phase - first) % self.ptime_ms) * MS

    @property
    def _phase(self) -> int:
        """Some members of a room together: what they hear is mixed for them at once."""
        if self.room is None:
            return self.handle.index * 7
        return self.room.number * 7 + len(self.room.seats) // TOGETHER

    def pace(self) -> None:
        """Take the packet time that is due."""
        if self.wants_ticks(self.due_ns):
            self.tick(self.due_ns)
            self.due_ns += self.ptime_ms * MS
        else:
            self.due_ns, self.tx.running = 0, False

    def _allowed(self, now_ns: int) -> bool:
        """A far end never heard gets five seconds at most."""
        if self.sock is None or self.hold or not self.send or self.latch.sdp is None:
            return False
        if self.latch.locked is not None:
            return True
        self.first_unheard_ns = self.first_unheard_ns or now_ns
        return now_ns < self.first_unheard_ns + UNHEARD_SEND_MAX_NS

    @staticmethod
    def _written(sock: socket.socket, address: int) -> str:
        """As a socket of the leg's family wants it."""
        text = addresses.text(address)
        return f"::ffff:{text}" if sock.family is socket.AF_INET6 and ":" not in text else text

    def _put_out(self, out: Packet, now_ns: int) -> None:
        address, port = self.latch.locked or self.latch.sdp or (0, 0)
        stamp = out.timestamp * self.voice.clock_scale & 0xFFFFFFFF
        data = self.srtp.close(packet.build(replace(out, timestamp=stamp)))
        if data is not None:
            self._send_datagram(data, address, port, len(out.payload), now_ns)

    def _send(self, out: Packet, samples: int, now_ns: int) -> None:
        self._put_out(out, now_ns)
        self.tx.sent(out.sequence, out.timestamp, samples, now_ns)
        self.row["tx_timestamp"] = self.tx.last_timestamp * self.voice.clock_scale & 0xFFFFFFFF

    def _send_audio(self, codes: bytes, sequence: int, timestamp: int, marker: bool, now_ns: int) -> None:
        """Code words of the leg's law, in its coding."""
        payload = codes
        if self.voice.number:
            payload = self.voice.encode_narrow(g711.decode(LAWS[self.law], np.frombuffer(codes, np.uint8)))
        if payload:
            out = Packet(self.payload_type, sequence, timestamp & 0xFFFFFFFF, self.tx.ssrc, payload, marker)
            self._send(out, len(codes), now_ns)

    def _send_datagram(self, data: bytes, address: int, port: int, payload_size: int, now_ns: int) -> None:
        sock = self.sock
        if sock is None:
            return
        try:
            sock.sendto(data, (self._written(sock, address), port))
            self.row["tx_packets"] += 1
            self.row["tx_octets"] += payload_size
            self.row["last_tx_ns"] = now_ns
        except OSError:
            self.row["tx_errors"] += 1

    def is_key(self, payload_type: int) -> bool:
        """By the numbers that were offered the far end, and where these say nothing by its own (RFC 3264 6.1)."""
        return payload_type == self.dtmf_payload_type_heard or (
            payload_type == self.dtmf_payload_type and payload_type != self.payload_type_heard
        )

    def law_of(self, payload_type: int) -> int | None:
        is_voice = payload_type in (self.payload_type_heard, self.payload_type)
        return self.law if is_voice else {0: 0, 8: 1}.get(payload_type)

    def knows(self, payload_type: int) -> bool:
        """Whether the far end would take it for its voice, its keys or, with its marker, for RTCP (RFC 5761 4)."""
        return self.is_key(payload_type) or self.law_of(payload_type) is not None or 64 <= payload_type < 96

    def relay(self, heard: Packet, is_event: bool, law: int | None, now_ns: int) -> None:
        """Send on what the other leg of the bridge heard."""
        if self.is_generating or not self._allowed(now_ns):
            self.tx.mapped = False
            return
        if self.recodes:
            if is_event:
                self._relay_key(heard, now_ns)
            return
        sequence, timestamp, fresh = self.tx.follow(heard, is_event or law is None, now_ns)
        if law is None or (is_event and self.dtmf_payload_type == records.NO_PAYLOAD_TYPE):
            if fresh:
                self.tx.mapped = False
            else:
                self.tx.skip()
            return
        payload = heard.payload
        if not is_event:
            if law != self.law:
                payload = reference.g711_transcode(law, payload)
            self._spoken(sequence, timestamp, payload, now_ns)
            self._send_audio(payload, sequence, timestamp, heard.marker or fresh, now_ns)
        else:
            kind = self.dtmf_payload_type
            self._send(Packet(kind, sequence, timestamp, self.tx.ssrc, payload, heard.marker or fresh), 0, now_ns)
        self.tx.running = False

    def _relay_key(self, heard: Packet, now_ns: int) -> None:
        """A key between packets of our own pace: its first packet's place is now, those that go on from it keep theirs."""
        kind, key = self.dtmf_payload_type, self.key
        if kind == records.NO_PAYLOAD_TYPE:
            return
        if key is not None and (key.ssrc != heard.ssrc or (heard.marker and now_ns >= self.quiet_until_ns)):
            key = None
        forward = None if key is None else (heard.timestamp - key.heard) & 0xFFFFFFFF
        if forward is not None and not heard.marker and 0x100000000 - KEY_OLD_MAX < forward:
            return
        goes_on = forward is not None and forward > 0 and not heard.marker and forward <= KEY_SEGMENT_MAX
        if key is None or forward != 0:
            sent = key.sent + (forward or 0) if key is not None and goes_on else self.tx.anchor(now_ns)
            key = KeyRelay(heard.ssrc, heard.timestamp, sent & 0xFFFFFFFF)
        marker = forward != 0 and not goes_on
        self.key, self.quiet_until_ns = key, now_ns + KEY_QUIET_NS
        self._send(Packet(kind, self.tx.next_sequence, key.sent, self.tx.ssrc, heard.payload, marker), 0, now_ns)
        self.tx.running = False

    def pass_on(self, heard: Packet, payload_type: int, samples: NDArray[np.int16], frames: int, now_ns: int) -> None:
        """Send on a packet of this leg's own coding, or comfort noise, as it is; `samples`: what it says, for the recording."""
        if self.is_generating or not self._allowed(now_ns):
            self.tx.mapped = False
            return
        sequence, timestamp, fresh = self.tx.follow(heard, False, now_ns)
        if len(samples):
            self.tape.put(1, timestamp, through(self.law, samples), now_ns)
        marker = heard.marker or fresh
        self._send(Packet(payload_type, sequence, timestamp, self.tx.ssrc, heard.payload, marker), frames, now_ns)
        self.tx.running = False

    def pass_beside(self, heard: Packet, now_ns: int) -> None:
        """Send on what was not agreed on as it is; its clock, of whatever rate, says nothing of the voice's."""
        if self.is_generating or not self._allowed(now_ns):
            self.tx.mapped = False
            return
        sequence, timestamp, fresh = self.tx.follow(heard, True, now_ns)
        timestamp = self.tx.beside(sequence, timestamp, now_ns)
        marker = heard.marker or fresh
        self._put_out(Packet(heard.payload_type, sequence, timestamp, self.tx.ssrc, heard.payload, marker), now_ns)
        self.tx.running = False

    def _spoken(self, sequence: int, timestamp: int, payload: bytes, now_ns: int) -> None:
        samples = g711.decode(LAWS[self.law], np.frombuffer(payload, np.uint8))
        self.tape.put(1, timestamp, samples, now_ns)
        measure(self.row["tx_level"], sequence, samples)

    def tick(self, due_ns: int) -> None:
        """One packet time of something to say."""
        said = (
            self.peer.ear.pull(self.ptime_ms * 8, due_ns // records.NS_PER_SAMPLE)
            if self.recodes and self.peer
            else None
        )
        if self.sock is None:
            self._attend(due_ns)
        elif self.keys_out.events and self.dtmf_payload_type != records.NO_PAYLOAD_TYPE:
            self._tick_keys(due_ns)
        elif said is not None and not self.is_generating:
            self._tick_recoded(said, due_ns)
        else:
            self._tick_audio(due_ns)
        self.tx.mapped = False

    def _tick_keys(self, due_ns: int) -> None:
        frames = self.ptime_ms * 8
        step = self.keys_out.step(frames, self.tx.anchor(due_ns))
        if step.payload is not None and self._allowed(due_ns):
            sequence, ssrc = self.tx.next_sequence, self.tx.ssrc
            payload = scale_event(step.payload, 1, self.voice.event_scale)
            out = Packet(self.dtmf_payload_type, sequence, step.timestamp, ssrc, payload, step.marker)
            self._send(out, frames, due_ns)
        if step.over:
            self.tell(self.handle, Kind.DTMF_SENT, 0, self.keys_out.done, 0, 0)
        self.tx.running = False

    def _tick_recoded(self, said: NDArray[np.int16], due_ns: int) -> None:
        """What the other side of the bridge says, in this leg's coding; nothing while one of its keys goes through."""
        if due_ns < self.quiet_until_ns or not self._allowed(due_ns):
            self.tx.running = False
            return
        frames, sequence, timestamp = self.ptime_ms * 8, self.tx.next_sequence, self._next_timestamp(due_ns)
        payload = b"" if self.voice.number == 0 else self.voice.encode(said)
        if self.voice.number == 0 or self.tape.runs or is_measured(sequence):
            codes = g711.encode(LAWS[self.law], self.voice.narrowed_sent(said)).tobytes()
            self._spoken(sequence, timestamp, codes, due_ns)
            payload = payload if self.voice.number else codes
        if payload:
            out = Packet(
                self.payload_type, sequence, timestamp & 0xFFFFFFFF, self.tx.ssrc, payload, not self.tx.running
            )
            self._send(out, frames, due_ns)
        self.tx.running = True

    def _next_timestamp(self, due_ns: int) -> int:
        return self.tx.last_timestamp + self.tx.last_samples if self.tx.running else self.tx.anchor(due_ns)

    def _tick_audio(self, due_ns: int) -> None:
        frames = self.ptime_ms * 8
        codes, end = self._next_codes(frames, due_ns)
        allowed, running = self._allowed(due_ns), self.tx.running
        if allowed:
            timestamp = self._next_timestamp(due_ns)
            self._spoken(self.tx.next_sequence, timestamp, codes.tobytes(), due_ns)
            self._send_audio(codes.tobytes(), self.tx.next_sequence, timestamp, not running, due_ns)
        self.tx.running = allowed
        if end is Kind.DTMF_SENT:
            self.tell(self.handle, Kind.DTMF_SENT, 0, self.keys_out.done, 0, 0)
        elif end is Kind.PLAY_DONE:
            self._played(PlayEnd.END)

    def _next_codes(self, frames: int, due_ns: int) -> tuple[g711.Codes, Kind | None]:
        """What is to be said now, in the leg's law, and what ended with it."""
        law = LAWS[self.law]
        if self.keys_out.events:
            samples, over = inband.following(self.keys_out, frames)
            return g711.encode(law, samples), Kind.DTMF_SENT if over else None
        if self.prompt is not None and not self.srtp.is_locked:
            codes, ended = self.prompt.read(frames)
            return codes if self.law == 0 else g711.transcode("PCMU", codes), Kind.PLAY_DONE if ended else None
        if self.room is not None:
            return g711.encode(law, self._listen(self.room, due_ns)), None
        return np.full(frames, g711.SILENCE[law], np.uint8), None

    def _listen(self, room: Room, due_ns: int) -> NDArray[np.int16]:
        return room.read(self.handle.index, due_ns // records.NS_PER_SAMPLE, self.ptime_ms * 8, self.speaking)

    def _attend(self, due_ns: int) -> None:
        """The packet time of a leg that has no far end: its room hears what it plays."""
        now, frames = due_ns // records.NS_PER_SAMPLE, self.ptime_ms * 8
        timestamp, samples, ended = now & 0xFFFFFFFF, np.zeros(frames, np.int16), False
        if self.prompt is not None:
            codes, ended = self.prompt.read(frames)
            samples = g711.decode("PCMU", codes)
            self.tape.put(0, timestamp, samples, due_ns)
        if self.room is not None:
            self.ear.buffer.push(0, timestamp // frames & 0xFFFF, timestamp, samples, now)
        if ended:
            self._played(PlayEnd.END)
        if self.room is not None:
            heard = g711.encode("PCMU", self._listen(self.room, due_ns))
            self.tape.put(1, timestamp, g711.decode("PCMU", heard), due_ns)

    def _played(self, reason: PlayEnd) -> None:
        if self.prompt is not None:
            self.tell(self.handle, Kind.PLAY_DONE, int(reason), self.prompt.token, 0, 0)
        self.prompt = None


def through(law: int, samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """Samples as the code words of a law keep them."""
    return g711.decode(LAWS[law], g711.encode(LAWS[law], samples))
