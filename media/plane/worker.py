"""The media worker: commands of clients become records for the engine, the engine's events become events for the leg's owner.

Everything here runs on the reactor's thread; sounds are read and recordings written on others.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from media.audio.fax import FaxTone
from media.plane import commands as c
from media.plane import events, limits, records
from media.plane.arena import Arena
from media.plane.asides import Asides
from media.plane.destination import check_destination
from media.plane.engine import Engine, deliver
from media.plane.event_reader import EventReader
from media.plane.figures import snapshot
from media.plane.kept_ports import KeptPorts
from media.plane.leg_rtcp import LegRtcp
from media.plane.legs import Leg, Legs
from media.plane.orphans import Orphans
from media.plane.player import Player
from media.plane.ports import Ports
from media.plane.post import Post
from media.plane.protection import Protection
from media.plane.pulse import Pulse
from media.plane.recorder import Recorder
from media.plane.recordings import Recordings
from media.plane.records import Handle, Kind, PlayEnd
from media.plane.reports import LegReports, nothing_told
from media.plane.rooms import Rooms
from media.plane.rounds import Rounds
from media.rtp import address as addresses

Answer = dict[str, Any]
Tell = Callable[[object | None, events.Told], None]  # owner None: everybody
TONE_MS, GAP_MS = 100, 100


def check_far_end(leg: Leg) -> None:
    """Refused("attendant") for what only a leg with a far end can do."""
    if leg.ports is None:
        raise c.Refused("attendant", f"{leg.name} has no far end")


class Worker:
    """One packet engine with its legs, sounds and recordings. `owner` is whatever the caller tells its clients apart by.

    `dead` is told why, once, when the packet loop or the recorder stands still: such a worker has to be replaced.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        engine: Engine,
        arena: Arena,
        ports: Sequence[Ports],
        tell: Tell,
        dead: Callable[[str], None],
    ) -> None:
        self._reactor = reactor
        self._engine, self._arena = engine, arena
        self._ports = ports
        self._kept = KeptPorts({one.family: one for one in ports})
        self._tell = tell
        self._dead = dead
        self._post = Post(reactor, engine)
        self._pulse = Pulse(engine)
        self._legs = Legs(len(engine.statistics))
        self._orphans = Orphans(reactor, self._legs, self._close)
        self._protection = Protection(reactor, engine, partial(deliver, engine), tell)
        self._player = Player(reactor, arena, self._post)
        self._rooms = Rooms(len(engine.statistics), self._post)
        self._recorder = Recorder(
            engine,
            lambda token, error: reactor.callFromThread(self._recordings.begun, token, error),
            lambda done: reactor.callFromThread(self._recordings.done, done),
            lambda: reactor.callFromThread(self._ends, "the recorder stands still"),
        )
        self._recordings = Recordings(self._recorder, lambda leg, done: tell(leg.owner, done), self._legs.free)
        self._events_dropped = 0
        self._every_second = LoopingCall(self._second)
        self._every_second.clock = reactor
        self._started_at, self._started_wall = engine.now() / 1e9, time.time()
        self._name = f"media-{secrets.token_hex(4)}"
        self._rounds = Rounds(reactor, engine, self._legs, self._name, self._wall, tell)

    def start(self) -> None:
        self._engine.start()
        self._recorder.start()
        self._event_reader = EventReader(self._engine.fileno(), self._drain)
        self._reactor.addReader(self._event_reader)
        self._aside_reader = Asides(self._engine, self._legs)
        self._reactor.addReader(self._aside_reader)
        self._every_second.start(1.0, now=False)

    def stop(self) -> None:
        """Finish every recording, end the engine. Blocks for as long as the disk takes."""
        if self._every_second.running:
            self._every_second.stop()
        self._orphans.stop()
        for leg in self._legs.all():
            self._post(records.close_leg(leg.handle))
        self._post.flush()
        self._recorder.close()
        self._reactor.removeReader(self._event_reader)
        self._reactor.removeReader(self._aside_reader)
        self._engine.stop()
        for leg in self._legs.all():
            self._let_go_of_ports(leg)
        self._kept.close()

    def gone(self, owner: object) -> None:
        """A client left: its legs close, which finishes their recordings, at once or when nobody claims them."""
        self._orphans.gone(owner)
        self._kept.gone(owner)

    def do(self, owner: object, command: c.Command) -> Answer | Deferred[Answer]:
        """Carry out a command; raises, or fails with, Refused."""
        match command:
            case c.Open(leg=name, attendant=True):
                return self._open_attendant(owner, name)
            case c.Open():
                return self._open(owner, command)
            case c.Keep(family=family, count=count, left=left):
                return self._opened(family, ports=self._kept.keep(owner, family, count, left))
            case c.SetRemote(leg=name, remote=remote):
                return self._remote(self._legs.get(name), remote)
            case c.Close(leg=name):
                closing: Deferred[Answer] = self._close(self._legs.get(name)).addCallback(events.fields_of)
                return closing
            case c.Bridge(a=a, b=b):
                self._bridge(self._legs.get(a), self._legs.get(b))
            case c.Unbridge(leg=name):
                self._unbridge(self._legs.get(name))
            case c.Hold(leg=name, on=on):
                self._post(records.hold(self._legs.get(name).handle, on))
            case c.Play():
                return self._player.play(self._legs.get(command.leg), command)
            case c.Stop(leg=name):
                self._player.stop(self._legs.get(name))
            case c.Record():
                return self._recordings.begin(self._legs.get(command.leg), command)
            case c.StopRecord(token=token):
                self._recordings.stop(token)
            case c.RecordMode():
                self._recordings.set_mode(command)
            case c.SendDtmf(leg=name, digits=digits):
                self._send_dtmf(self._legs.get(name), digits)
            case c.SetRxTimeout(leg=name, seconds=seconds):
                leg = self._legs.get(name)
                leg.silence_s = seconds
                self._watch_silence(leg)
            case c.HearTones(leg=name, on=on):
                leg = self._legs.get(name)
                leg.hears_tones = on
                self._hear_tones(leg)
            case c.Seek(leg=name, at_s=at_s):
                self._player.seek(self._legs.get(name), at_s)
            case c.Volume(leg=name, gain_db=gain_db):
                self._player.volume(self._legs.get(name), gain_db)
            case c.Join():
                self._join(self._legs.get(command.leg), command)
            case c.Leave(leg=name):
                self._rooms.leave(self._legs.get(name))
            case c.Claim():
                return self._claim(owner, command)
            case c.Status():
                return self.status()
        return {}

    def _open(self, owner: object, command: c.Open) -> Answer:
        try:
            handle = self._admitted(command)
        except c.Refused:
            self._kept.give_up(owner, command.family, command.kept)
            raise
        try:
            pair = self._kept.take(owner, command.family, command.kept)
        except c.Refused:
            self._legs.give_back(handle)
            raise
        place, heard = handle.index, self._rounds.reporting.heard
        reports = LegReports(self._now, self._name, self._rounds.begin(place))
        rtcp = LegRtcp(self._reactor, self._engine, place, pair, reports, self._wall, partial(heard, place))
        leg = Leg(command.leg, handle, owner, pair, reports, rtcp)
        self._legs.add(leg)
        ssrc, sequence, timestamp = secrets.randbits(32), secrets.randbits(15), secrets.randbits(32)
        self._post(records.open_leg(handle, pair.rtp.fileno(), ssrc, sequence, timestamp))
        return self._opened(command.family, port=pair.port)

    def _admitted(self, command: c.Open) -> Handle:
        """The place of a new leg. Refused("exists" | "full")."""
        if not command.urgent and int(self._engine.counters[0]["busy_permille"]) >= limits.busy_percent_max * 10:
            raise c.Refused("full", "the packet loop is busy")
        return self._legs.reserve(command.leg)

    def _opened(self, family: Literal[4, 6], **where: Any) -> Answer:
        """What a client has to know of a leg, or of ports kept for legs."""
        security = {"srtp": self._engine.has_srtp, "fingerprint": self._protection.fingerprint}
        return {"address": self._kept.of(family).host, **where, **security}

    def _claim(self, owner: object, command: c.Claim) -> Answer:
        claimed = self._orphans.claim(owner, command.legs, command.linger_s, command.last)
        found = {leg.name: leg.ports.rtp.getsockname()[:2] for leg in claimed if leg.ports is not None}
        return {"legs": found, "srtp": self._engine.has_srtp, "fingerprint": self._protection.fingerprint}

    def _open_attendant(self, owner: object, name: str) -> Answer:
        handle = self._legs.reserve(name)
        self._legs.add(Leg(name, handle, owner, None, LegReports(self._now, self._name, nothing_told()), None))
        self._post(records.open_leg(handle, -1, 0, 0, 0))
        return {}

    def _remote(self, leg: Leg, remote: c.Remote) -> Answer:
        check_destination(remote)
        check_far_end(leg)
        if leg.rtcp is not None:
            leg.rtcp.aim(remote)
        self._protection.apply(leg, remote)
        leg.remote = remote
        self._post(records.set_remote(leg.handle, remote))
        self._hear_tones(leg)
        return {}

    def _hear_tones(self, leg: Leg) -> None:
        self._post(records.tones(leg.handle, not leg.takes_events if leg.hears_tones is None else leg.hears_tones))

    def _bridge(self, a: Leg, b: Leg) -> None:
        check_far_end(a)
        check_far_end(b)
        for leg in (a, b):
            self._rooms.forget(leg)
            self._unbridge(leg)
        a.peer, b.peer = b, a
        self._post(records.bridge(a.handle, b.handle))

    def _unbridge(self, leg: Leg) -> None:
        if leg.peer is not None:
            leg.peer.peer = None
            leg.peer = None
            self._post(records.unbridge(leg.handle))

    def _join(self, leg: Leg, command: c.Join) -> None:
        to = None if command.whisper_to is None else self._legs.get(command.whisper_to)
        if to is not None and to.room != command.room:
            raise c.Refused("not-there", f"{to.name} is not in room {command.room}")
        self._unbridge(leg)
        self._rooms.join(leg, command.room, command.muted, command.deaf, to)

    def _close(self, leg: Leg) -> Deferred[events.LegStatistics]:
        self._player.forget(leg)
        self._rooms.forget(leg)
        self._legs.forget_name(leg)
        self._unbridge(leg)
        self._recordings.forget_waiting(leg)
        self._post(records.close_leg(leg.handle))
        answer: Deferred[events.LegStatistics] = Deferred()
        leg.closing.append(answer)
        return answer

    def _send_dtmf(self, leg: Leg, digits: str) -> None:
        if leg.remote is None:
            raise c.Refused("no-remote", f"{leg.name} has no far end yet")
        if leg.digits_waiting + len(digits) > limits.digits_max:
            raise c.Refused("full", f"{leg.digits_waiting} digits are still to be sent")
        leg.digits_waiting += len(digits)
        if not leg.takes_events:
            self._recordings.hide_keys(leg, self._engine.now(), 0)
        self._post(records.send_dtmf(leg.handle, digits, TONE_MS, GAP_MS))

    @property
    def _now(self) -> float:
        """Seconds of the engine's clock."""
        return self._engine.now() / 1e9

    def _wall(self, now: float) -> float:
        """The time of day at a moment of the engine's clock: that of the start, so that it never jumps."""
        return self._started_wall + now - self._started_at

    def status(self) -> Answer:
        """Figures of the whole worker."""
        row = self._engine.counters[0]
        passed = ("rx_packets", "tx_packets", "late_ticks", "events_dropped")
        refused = ("foreign", "malformed", "stale", "unauthentic", "flooded")
        return {
            "engine": self._engine.name,
            "legs": len(self._legs),
            "ports": {"used": self._legs.with_ports, "pairs": sum(one.pairs for one in self._ports)},
            "rooms": len(self._rooms),
            "recordings": len(self._recordings),
            "busy_percent": int(row["busy_permille"]) / 10,
            "srtp": self._engine.has_srtp,
            "priority": {2: "fifo", 1: "nice"}.get(int(row["priority"]), "normal"),
            "arena_used_bytes": self._arena.used_bytes,
            "pid": os.getpid(),
            **{name: int(row[name]) for name in passed + refused},
        }

    def _drain(self) -> None:
        for event in self._engine.drain():
            kind, leg = int(event["kind"]), self._legs.at(int(event["leg"]), int(event["generation"]))
            if kind == Kind.OVERLOAD:
                self._tell(None, events.Overload(int(event["a"]) / 10))
            elif leg is not None:
                self._hear(leg, kind, event)

    def _hear(self, leg: Leg, kind: int, event: Any) -> None:
        a, b, at_ns = int(event["a"]), int(event["b"]), int(event["at_ns"])
        match kind:
            case Kind.CLOSED:
                self._closed(leg)
            case Kind.LATCHED:
                address, b = addresses.text(records.source_of(event)), int(event["port"])
                if leg.rtcp is not None:
                    leg.rtcp.latched(address, b)
                if leg.rtc is not None:
                    leg.rtc.follow((address, b))
                self._tell(leg.owner, events.Latched(leg.name, address, b))
            case Kind.DIGIT:
                digit = chr(int(event["code"]))
                source: events.DigitSource = "tone" if b else "event"
                self._tell(leg.owner, events.Digit(leg.name, digit, a, source))
                if digit == "#":
                    self._recordings.key_pressed(leg)
                self._recordings.show(leg, at_ns)
                if leg.peer is not None and (leg.peer.takes_events or source == "tone"):
                    self._recordings.show(leg.peer, at_ns)
            case Kind.KEY:
                self._recordings.hide_keys(leg, at_ns)
                self._recordings.hide_keys(leg.peer, at_ns)
            case Kind.PLAY_DONE:
                token = self._player.ended(leg, a)
                reason: events.PlayReason = "key" if int(event["code"]) == PlayEnd.KEY else "end"
                if token is not None:
                    self._tell(leg.owner, events.PlayDone(leg.name, token, reason))
            case Kind.DTMF_SENT:
                leg.digits_waiting = max(0, leg.digits_waiting - a)
                self._recordings.show(leg, at_ns)
            case Kind.SPEAKING:
                self._tell(leg.owner, events.Speaking(leg.name, bool(event["code"])))
            case Kind.FAX:
                self._tell(leg.owner, events.Fax(leg.name, "cng" if int(event["code"]) == FaxTone.CNG else "ced"))
            case Kind.DEAF:
                self._tell(leg.owner, events.MediaFailed(leg.name, f"its socket cannot be watched: {os.strerror(a)}"))
            case Kind.RX_TIMEOUT if leg.rtcp is not None and leg.rtcp.heard_within(leg.silence_s or 0.0):
                self._watch_silence(leg)
            case Kind.RX_TIMEOUT:
                self._tell(leg.owner, events.RxTimeout(leg.name))

    def _watch_silence(self, leg: Leg) -> None:
        self._post(records.rx_timeout(leg.handle, 0 if leg.silence_s is None else int(leg.silence_s * 1000)))

    def _closed(self, leg: Leg) -> None:
        figures = snapshot(self._engine.statistics[leg.handle.index])
        self._let_go_of_ports(leg)
        self._rounds.end(leg.handle.index)
        leg.closed = True
        if leg.recording is None:
            self._legs.free(leg)
        for answer in leg.closing:
            answer.callback(leg.reports.total(figures, self._now))

    @staticmethod
    def _let_go_of_ports(leg: Leg) -> None:
        if leg.rtcp is not None:
            leg.rtcp.close()
        if leg.rtc is not None:
            leg.rtc.close()
        if leg.ports is not None:
            leg.ports.close()

    def _second(self) -> None:
        dropped = int(self._engine.counters[0]["events_dropped"])
        if dropped > self._events_dropped:
            self._tell(None, events.Lost(f"{dropped - self._events_dropped} events of the packet loop were dropped"))
        self._events_dropped = dropped
        if self._pulse.stopped():
            self._ends("the packet loop stands still")

    def _ends(self, reason: str) -> None:
        self._tell(None, events.Lost(reason))
        self._dead(reason)
