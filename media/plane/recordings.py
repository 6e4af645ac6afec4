"""The recordings of a worker's legs: which leg a token belongs to, one at a time each, the next one waiting for its ring.

none --record--> running --stopped or ended by itself--> done --one waits--> running
                    \\-- there is no file --> none
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger

from media.plane.commands import Record, RecordMode, Refused
from media.plane.events import RecordDone
from media.plane.legs import Leg
from media.plane.recorder import Recorder

HIDDEN_LEAD_NS = 100_000_000  # a tone sounds for so long before it is known to be a key


class Recordings:
    """`tell` is told what happened to a leg's recording; `freed` that a closed leg has none any more."""

    _log = Logger()

    def __init__(
        self, recorder: Recorder, tell: Callable[[Leg, RecordDone], None], freed: Callable[[Leg], None]
    ) -> None:
        self._recorder = recorder
        self._tell = tell
        self._freed = freed
        self._legs: dict[str, Leg] = {}
        self._answers: dict[str, Deferred[dict[str, Any]]] = {}  # whoever waits to hear whether there is a file

    def __len__(self) -> int:
        return len(self._legs)

    def begin(self, leg: Leg, command: Record) -> Deferred[dict[str, Any]]:
        """Now, or when the one that is ending has ended. Refused("exists" | "full"), and fails with Refused("path")."""
        if command.token in self._legs:
            raise Refused("exists", f"recording {command.token} exists")
        answer: Deferred[dict[str, Any]] = succeed({})
        if leg.recording is None:
            self._recorder.begin(command, leg.handle)
            leg.recording = command
            answer = self._answers[command.token] = Deferred()
        elif self._recorder.is_ending(leg.recording.token) and not leg.waiting_recordings:
            leg.waiting_recordings.append(command)
        else:
            raise Refused("exists", f"leg {leg.name} is being recorded")
        self._legs[command.token] = leg
        return answer

    def stop(self, token: str) -> None:
        """Refused("no-recording")."""
        leg = self._leg(token)
        if any(request.token == token for request in leg.waiting_recordings):
            leg.is_waiting_stopped = True
        else:
            self._recorder.end(token, "stopped")

    def set_mode(self, command: RecordMode) -> None:
        """Refused("no-recording")."""
        self._leg(command.token)
        self._recorder.set_mode(command.token, command.mode)

    def key_pressed(self, leg: Leg) -> None:
        """The key # ends a message."""
        if leg.recording is not None and leg.recording.kind == "voicemail":
            self._recorder.end(leg.recording.token, "key")

    def hide_keys(self, leg: Leg | None, at_ns: int, lead_ns: int = HIDDEN_LEAD_NS) -> None:
        """A key sounds from now on, if the leg's recording is to be free of them."""
        if leg is not None and leg.recording is not None and leg.recording.mute_digits:
            self._recorder.hide(leg.recording.token, at_ns - lead_ns)

    def show(self, leg: Leg | None, at_ns: int) -> None:
        """It sounds no more."""
        if leg is not None and leg.recording is not None and leg.recording.mute_digits:
            self._recorder.show(leg.recording.token, at_ns)

    def forget_waiting(self, leg: Leg) -> None:
        """The leg ends: what has not begun never will."""
        for request in leg.waiting_recordings:
            self._fail(leg, request)
        leg.waiting_recordings.clear()

    def begun(self, token: str, error: OSError | None) -> None:
        """The recorder's word, on the reactor's thread: there is a file, or none and the leg's ring is free."""
        answer, leg = self._answers.pop(token, None), self._legs[token]
        if error is not None and leg.recording is not None:
            self._no_file(leg, leg.recording, answer, f"{leg.recording.path}: {error.strerror}")
        elif answer is not None:
            answer.callback({})

    def done(self, done: RecordDone) -> None:
        """The recorder's word, on the reactor's thread."""
        leg = self._legs.pop(done.token)
        leg.recording = None
        self._tell(leg, done)
        self._go_on(leg)

    def _no_file(self, leg: Leg, request: Record, answer: Deferred[dict[str, Any]] | None, why: str) -> None:
        leg.recording = None
        if answer is None:  # it was taken on before its turn came
            self._log.error("recording cannot start: {why}", why=why)
            self._fail(leg, request)
        else:
            del self._legs[request.token]
            answer.errback(Refused("path", why))
        self._go_on(leg)

    def _go_on(self, leg: Leg) -> None:
        if leg.closed:
            self._freed(leg)
        elif leg.waiting_recordings:
            self._begin_waiting(leg, leg.waiting_recordings.pop())

    def _leg(self, token: str) -> Leg:
        leg = self._legs.get(token)
        if leg is None:
            raise Refused("no-recording", f"there is no recording {token}")
        return leg

    def _begin_waiting(self, leg: Leg, request: Record) -> None:
        is_stopped, leg.is_waiting_stopped = leg.is_waiting_stopped, False
        try:
            self._recorder.begin(request, leg.handle)
            leg.recording = request
            if is_stopped:
                self._recorder.end(request.token, "stopped")
        except Refused as refused:
            self._log.error("recording {path} cannot start: {text}", path=request.path, text=refused.text)
            self._fail(leg, request)

    def _fail(self, leg: Leg, request: Record) -> None:
        del self._legs[request.token]
        self._tell(leg, RecordDone(leg.name, request.token, request.path, 0.0, "failed"))
