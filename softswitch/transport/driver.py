"""Performs the effects of one transaction machine: timers on the clock, messages on its flow, the rest to its owner."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from softswitch.sip.effects import CancelTimer, Deliver, Effect, Failed, Send, StartTimer, TimedOut
from softswitch.sip.match import Key
from softswitch.sip.message import Request, Response
from softswitch.sip.timers import Timer
from softswitch.transport.clock import Clock, Delayed
from softswitch.transport.flows import Flow, Unsendable


class Machine(Protocol):
    """What the four machines of `softswitch.sip` share."""

    request: Request

    def start(self) -> list[Effect]:
        """See the machine."""

    def timer(self, timer: Timer) -> list[Effect]:
        """See the machine."""

    def transport_error(self) -> list[Effect]:
        """See the machine."""


class Owner(Protocol):
    """Who uses the transaction: a client or server handle of the exchange."""

    def send(self, data: bytes, flow: Flow) -> None:
        """Put bytes on the wire. Raises Unsendable."""

    def delivered(self, message: Request | Response) -> None:
        """A message for the transaction user."""

    def timed_out(self) -> None:
        """Nobody answered."""

    def failed(self) -> None:
        """The transport could not send."""

    def terminated(self) -> None:
        """The transaction is gone; it is not driven any more, but for what is told of its end."""

    def let_go(self) -> None:
        """That was told too: who waited for it need not be held any longer, nor the owner by the driver."""


M = TypeVar("M", bound=Machine)


class Driver(Generic[M]):
    """One live transaction. What is sent twice is printed once. Closed it does nothing more, and lets its owner go."""

    __slots__ = ("_clock", "_data", "_owner", "_printed", "_timers", "flow", "key", "machine")

    def __init__(self, clock: Clock, machine: M, key: Key, flow: Flow, owner: Owner) -> None:
        self._clock = clock
        self._owner: Owner | None = owner
        self._timers: dict[Timer, Delayed] = {}
        self._printed: Request | Response | None = None
        self._data = b""
        self.machine = machine
        self.key = key
        self.flow = flow

    def perform(self, effects: list[Effect]) -> None:
        """Performs the machine's effects in order; a failed send is told to the machine when they are done."""
        owner, unsent = self._owner, False
        if owner is None:
            return
        try:
            for effect in effects:
                match effect:
                    case Send(message):
                        unsent |= not self._send(owner, message)
                    case Deliver(message):
                        owner.delivered(message)
                    case StartTimer(timer, seconds):
                        self._start(timer, seconds)
                    case CancelTimer(timer):
                        self._cancel(timer)
                    case TimedOut():
                        owner.timed_out()
                    case Failed():
                        owner.failed()
                    case _:
                        self.close()
                        owner.terminated()
        finally:
            if self._owner is None:
                owner.let_go()
        if unsent:
            self.perform(self.machine.transport_error())

    def start(self) -> None:
        """Starts the machine."""
        self.perform(self.machine.start())

    def lost(self) -> None:
        """The flow is gone."""
        self.perform(self.machine.transport_error())

    def close(self) -> None:
        """Over: forgets all timers, and who used it."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._owner = None

    def _send(self, owner: Owner, message: Request | Response) -> bool:
        if message is not self._printed:
            self._printed, self._data = message, message.to_bytes()
        try:
            owner.send(self._data, self.flow)
        except Unsendable:
            return False
        return True

    def _start(self, timer: Timer, seconds: float) -> None:
        self._cancel(timer)
        self._timers[timer] = self._clock.callLater(seconds, self._fired, timer)

    def _cancel(self, timer: Timer) -> None:
        running = self._timers.pop(timer, None)
        if running is not None:
            running.cancel()

    def _fired(self, timer: Timer) -> None:
        del self._timers[timer]
        self.perform(self.machine.timer(timer))
