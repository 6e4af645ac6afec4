"""The switch's side of the media plane: one connection, one Deferred a request, events as frozen values.

    connecting --connected--> live --connection lost | disconnect()--> gone

Every request fails with MediaError when the worker refuses it, is gone, or does not answer in time. `on_lost` is called once,
only when the connection ends without `disconnect` having been called. All calls and call-backs are on the reactor's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import orjson
from twisted.internet.defer import Deferred, fail
from twisted.internet.endpoints import UNIXClientEndpoint, connectProtocol
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from media.plane import commands, events, limits
from media.plane.commands import Remote
from media.plane.events import LegStatistics, MediaEvent
from media.plane.lines import JsonLines


class MediaError(Exception):
    """A request the worker refused (its code) or could not answer ("gone", "timeout")."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Opened:
    """Where a new leg listens: what goes into our SDP. `srtp`: its media can be protected; `fingerprint`: of the certificate
    that DTLS shows there, "": there is no DTLS."""

    address: str
    port: int
    srtp: bool = False
    fingerprint: str = ""


class MediaClient:
    """Control of one media worker. Made by `connect`."""

    def __init__(self, reactor: Any, on_event: Callable[[MediaEvent], None], on_lost: Callable[[str], None]) -> None:
        self._reactor = reactor
        self._on_event = on_event
        self._on_lost = on_lost
        self._line = _Line(self._received, self._gone)
        self._waiting: dict[int, tuple[Deferred[dict[str, Any]], float]] = {}  # until when; the oldest first
        self._watch: Any = None
        self._last_id = 0
        self._leaving = False
        self._lost_reason: str | None = None

    @classmethod
    def connect(
        cls,
        reactor: Any,
        path: Path | str,
        on_event: Callable[[MediaEvent], None],
        on_lost: Callable[[str], None],
    ) -> Deferred[MediaClient]:
        """A client of the worker that listens on the unix socket `path`. Fails with MediaError("gone", ...)."""
        client = cls(reactor, on_event, on_lost)
        connecting = connectProtocol(
            UNIXClientEndpoint(reactor, str(path), timeout=limits.answer_timeout_s), client._line
        )

        def refused(failure: Failure) -> Failure:
            return Failure(MediaError("gone", f"no media worker at {path}: {failure.getErrorMessage()}"))

        result: Deferred[MediaClient] = connecting.addCallbacks(lambda _: client, refused)
        return result

    def disconnect(self) -> None:
        """Leave. The worker closes this client's legs and finishes its recordings."""
        self._leaving = True
        self._line.leave()

    def open(
        self, leg: str, family: Literal[4, 6] = 4, urgent: bool = False, kept: int | None = None
    ) -> Deferred[Opened]:
        """A new leg with its own RTP and RTCP port, on IPv4 or IPv6: the next free one, or one that was kept.

        Codes: exists, no-ports, family, full.
        """
        return self._ask(commands.Open(leg, family, urgent=urgent, kept=kept)).addCallback(
            lambda answer: Opened(answer["address"], answer["port"], answer["srtp"], answer["fingerprint"])
        )

    def keep(self, family: Literal[4, 6], count: int, left: Sequence[int] = ()) -> Deferred[list[Opened]]:
        """Where so many legs to come will listen, fewer when there are no more ports; this client's alone from now on, as
        are those that it has `left`, and no others. Codes: family."""
        return self._ask(commands.Keep(family, count, left)).addCallback(
            lambda answer: [
                Opened(answer["address"], port, answer["srtp"], answer["fingerprint"]) for port in answer["ports"]
            ]
        )

    def claim(self, legs: Sequence[str], linger_s: float) -> Deferred[dict[str, Opened]]:
        """Take over those of these legs which a client that vanished has left here; all others that were left are closed.

        From now on this client's own legs wait `linger_s` for who claims them, should it vanish.
        """
        found: dict[str, Opened] = {}

        def ask(at: int) -> Deferred[dict[str, Opened]]:
            after = at + limits.claims_max
            command = commands.Claim(list(legs[at:after]), linger_s, after >= len(legs))
            return self._ask(command).addCallback(told, after)

        def told(answer: dict[str, Any], after: int) -> Any:
            security = answer["srtp"], answer["fingerprint"]
            found.update({leg: Opened(host, port, *security) for leg, (host, port) in answer["legs"].items()})
            return found if after >= len(legs) else ask(after)

        return ask(0)

    def attendant(self, leg: str) -> Deferred[None]:
        """A leg without a far end, for a room: the room hears what it plays (tones, announcements), and a recording of it
        is the room's. Codes: exists, full."""
        return self._do(commands.Open(leg, attendant=True))

    def remote(self, leg: str, remote: Remote) -> Deferred[None]:
        """Where to send, what to hear. Repeating the same values keeps the learnt source. Codes: no-leg, address."""
        return self._do(commands.SetRemote(leg, remote))

    def close(self, leg: str) -> Deferred[LegStatistics]:
        """End a leg (its play, its bridge; its recordings are finished) and give back what it saw."""
        return self._ask(commands.Close(leg)).addCallback(events.leg_statistics)

    def bridge(self, a: str, b: str) -> Deferred[None]:
        """Each leg hears the other. Earlier bridges of both end. Codes: no-leg."""
        return self._do(commands.Bridge(a, b))

    def unbridge(self, leg: str) -> Deferred[None]:
        """Both legs of this leg's bridge hear nothing again. Without a bridge nothing happens."""
        return self._do(commands.Unbridge(leg))

    def join(
        self, leg: str, room: str, muted: bool = False, deaf: bool = False, whisper_to: str | None = None
    ) -> Deferred[None]:
        """Sit in a room, which ends the leg's bridge or earlier seat; or, in the same room, sit otherwise from now on.

        Everybody hears the loudest four others. Muted: heard by nobody (to monitor a call); `whisper_to`: heard by that
        member only (to coach it); neither: a full member (to barge in). Speaking tells who talks. Codes: no-leg, not-there.
        """
        return self._do(commands.Join(leg, room, muted, deaf, whisper_to))

    def leave(self, leg: str) -> Deferred[None]:
        """Get up from the room. Without a room nothing happens. Codes: no-leg."""
        return self._do(commands.Leave(leg))

    def hold(self, leg: str, on: bool) -> Deferred[None]:
        """While on, nothing at all is sent to this leg's far end."""
        return self._do(commands.Hold(leg, on))

    def play(
        self,
        leg: str,
        token: str,
        sounds: list[str],
        loop: bool = False,
        stop_on_key: bool = True,
        at_s: float = 0.0,
        gain_db: float = 0.0,
    ) -> Deferred[None]:
        """Play absolute WAV paths and tones (tone:busy, tone:de/ringback, tone:beep: media.audio.tones) without gaps, over a
        bridge if there is one, from `at_s` on.

        A newer play replaces this one silently. Codes: no-leg, sound (missing, unreadable, too long).
        """
        return self._do(commands.Play(leg, token, sounds, loop, stop_on_key, at_s, gain_db))

    def seek(self, leg: str, at_s: float) -> Deferred[None]:
        """The play goes on from there in its list; beyond the end it is done. Without a play nothing happens. Codes: no-leg."""
        return self._do(commands.Seek(leg, at_s))

    def volume(self, leg: str, gain_db: float) -> Deferred[None]:
        """The play is so much louder from now on. Without a play nothing happens. Codes: no-leg."""
        return self._do(commands.Volume(leg, gain_db))

    def stop(self, leg: str) -> Deferred[None]:
        """Stop playing, silently. Without a play nothing happens."""
        return self._do(commands.Stop(leg))

    def record(
        self,
        leg: str,
        token: str,
        path: str,
        kind: Literal["call", "voicemail", "room"],
        seconds_max: float,
        silence_s: float,
        mute_digits: bool = False,
    ) -> Deferred[None]:
        """Record to the WAV file `path`: "call" is stereo (left heard from the leg, right sent to it), "voicemail" mono of
        what is heard, "room" mono of both: a whole room when the leg is its attendant.

        A voicemail ends by the key #, after `silence_s` seconds of silence (0 = never) or at `seconds_max`; a call only at
        `seconds_max` or when stopped. One recording a leg at a time.
        `mute_digits`: keys that are heard or sent as tones are silence in it. Codes: no-leg, exists, path, full.
        """
        return self._do(commands.Record(leg, token, path, kind, seconds_max, silence_s, mute_digits))

    def record_mode(self, token: str, mode: Literal["on", "masked", "paused"]) -> Deferred[None]:
        """Masked: silence is recorded; paused: nothing, the file goes on where it was; on: as usual. Codes: no-recording."""
        return self._do(commands.RecordMode(token, mode))

    def stop_record(self, token: str) -> Deferred[None]:
        """Finish a recording; RecordDone tells when the file is closed. Codes: no-recording."""
        return self._do(commands.StopRecord(token))

    def send_dtmf(self, leg: str, digits: str) -> Deferred[None]:
        """Send digits, 100 ms each with 100 ms between: as RFC 4733 events, as tones to a far end that takes no events.

        Codes: no-leg, no-remote, full.
        """
        return self._do(commands.SendDtmf(leg, digits))

    def hear_tones(self, leg: str, on: bool) -> Deferred[None]:
        """Listen for digits as tones in the audio, or do not. Without this verb: only where the far end takes no events.

        On a bridge each digit reaches the other side as what that one takes, event or tone. Codes: no-leg.
        """
        return self._do(commands.HearTones(leg, on))

    def rx_timeout(self, leg: str, seconds: float | None) -> Deferred[None]:
        """Tell RxTimeout when nothing is heard for so long (once per silence). None = never."""
        return self._do(commands.SetRxTimeout(leg, seconds))

    def status(self) -> Deferred[dict[str, Any]]:
        """Engine, legs, recordings, busy_percent, late ticks, packets, foreign packets, arena use."""
        return self._ask(commands.Status())

    def _do(self, command: commands.Command) -> Deferred[None]:
        return cast("Deferred[None]", self._ask(command))

    def _ask(self, command: commands.Command) -> Deferred[dict[str, Any]]:
        """What else the answer says; None: nothing."""
        if self._lost_reason is not None or self._leaving:
            return fail(MediaError("gone", self._lost_reason or "disconnected"))
        self._last_id += 1
        number = self._last_id
        answer: Deferred[dict[str, Any]] = Deferred()
        self._waiting[number] = (answer, self._reactor.seconds() + limits.answer_timeout_s)
        if self._watch is None:
            self._watch = self._reactor.callLater(limits.answer_timeout_s, self._look)
        self._line.send({"id": number, **commands.to_wire(command)})
        return answer

    def _look(self) -> None:
        """Gives up what has waited too long, and looks again when the next one will have."""
        self._watch, now = None, self._reactor.seconds()
        for number, (answer, until) in list(self._waiting.items()):
            if until > now:
                self._watch = self._reactor.callLater(until - now, self._look)
                return
            del self._waiting[number]
            answer.errback(MediaError("timeout", "the media worker does not answer"))

    def _received(self, document: dict[str, Any]) -> None:
        if "event" in document:
            for event in events.from_wire(document):
                self._on_event(event)
            return
        waiting = self._waiting.pop(document.get("re", 0), None)
        if waiting is None:
            return
        answer, _ = waiting
        if document.get("ok") is True:
            del document["re"], document["ok"]
            answer.callback(document or cast(Any, None))
        else:
            answer.errback(MediaError(str(document.get("code")), str(document.get("text"))))

    def _gone(self, reason: str) -> None:
        self._lost_reason = reason
        waiting, self._waiting = self._waiting, {}
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        for answer, _ in waiting.values():
            answer.errback(MediaError("gone", reason))
        if not self._leaving:
            self._on_lost(reason)


class _Line(JsonLines):
    """The connection."""

    _log = Logger()

    def __init__(self, received: Callable[[dict[str, Any]], None], gone: Callable[[str], None]) -> None:
        super().__init__()
        self._received = received
        self._gone = gone

    def lineReceived(self, line: bytes) -> None:
        try:
            document = orjson.loads(line)
            self._received(document)
        except ValueError:
            self._log.failure("the media worker sent a line that is not ours: {line}", line=line[:200])

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._gone(reason.getErrorMessage())
