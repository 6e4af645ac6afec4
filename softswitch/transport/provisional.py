"""Reliable provisional answers of one INVITE on the clock, through its server transaction (RFC 3262 3).

Figure: `softswitch.sip.reliable`.
"""

from __future__ import annotations

from collections.abc import Callable

from softswitch.sip.effects import CancelTimer, Effect, Send, StartTimer, TimedOut
from softswitch.sip.fields.reliability import RAck
from softswitch.sip.message import Response
from softswitch.sip.reliable import ReliableServer
from softswitch.sip.timers import Timer
from softswitch.transport.clock import Clock, Delayed, stop
from softswitch.transport.server import ServerHandle


class Provisional:
    """Drives the `ReliableServer` of an INVITE. `unheard` is called when no PRACK comes within 64*T1."""

    def __init__(
        self, clock: Clock, handle: ServerHandle, machine: ReliableServer, unheard: Callable[[], None]
    ) -> None:
        self._clock, self._handle, self._machine, self._unheard = clock, handle, machine, unheard
        self._timers: dict[Timer, Delayed] = {}

    @property
    def unheard_media(self) -> bool:
        """Whether a session description waits for its PRACK."""
        return self._machine.unheard_media

    def send(self, response: Response) -> None:
        """Sends it, now or after the PRACK of the one before."""
        self._perform(self._machine.send(response))

    def waiting(self, rack: RAck) -> Response | None:
        """The answer that a PRACK with that RAck is for, None when it is for none that waits."""
        return self._machine.waiting(rack)

    def acknowledged(self) -> None:
        """Its PRACK was accepted."""
        self._perform(self._machine.acknowledged())

    def final(self) -> None:
        """The INVITE got its final answer: who waits for PRACKs is let go."""
        self._perform(self._machine.final())
        self._unheard = _settled

    def _perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case StartTimer(timer, seconds):
                    self._timers[timer] = self._clock.callLater(seconds, self._fired, timer)
                case CancelTimer(timer):
                    stop(self._timers.pop(timer, None))
                case Send(Response() as response):
                    self._handle.respond(response)
                case TimedOut():
                    self._unheard()

    def _fired(self, timer: Timer) -> None:
        self._perform(self._machine.timer(timer))


def _settled() -> None:
    """No PRACK matters any more."""
