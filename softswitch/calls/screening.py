"""Call screening: who answers hears that there is a call and takes it with the key 1; an answering machine never does.

        answers                 1
RINGING -------> asked --------------> takes the call
                   |  any other key: declines (603)
                   |  SCREEN_S: as if nobody had answered (480)
"""

from __future__ import annotations

from collections.abc import Callable

from softswitch.calls import effects as do
from softswitch.calls.desk import Desk
from softswitch.calls.leg import Leg

SCREEN_S = 15.0
ACCEPT = "1"
TIMER = "screen:"
"""Before the leg in the name of its timer."""


class Screening:
    """The legs that were answered and are asked. `taken(leg)` and `left(leg, status, words)` tell the dial."""

    def __init__(self, desk: Desk, taken: Callable[[Leg], None], left: Callable[[Leg, int, str], None]) -> None:
        self._desk, self._taken, self._left = desk, taken, left
        self._asked: set[str] = set()

    @property
    def active(self) -> bool:
        """Somebody is asked."""
        return bool(self._asked)

    def ask(self, leg: Leg) -> None:
        """Whether it wants the call."""
        desk = self._desk
        self._asked.add(leg.id)
        desk.step("dial.screening", f"{leg.label} answered and is asked to take the call with 1", leg=leg.id)
        desk.emit(do.PlayTo(leg.id, "screen", ("sound:screen",), loop=True))
        desk.emit(do.StartTimer(TIMER + leg.id, SCREEN_S))

    def key(self, leg: Leg, digit: str) -> bool:
        """Whether a key is the answer of a leg that is asked."""
        if leg.id not in self._asked:
            return False
        self.forget(leg)
        if digit == ACCEPT:
            self._desk.emit(do.StopPlaying(leg.id))
            self._desk.step("dial.accepted", f"{leg.label} takes the call", leg=leg.id)
            self._taken(leg)
        else:
            self._end(leg, 21, 603, f"declined with {digit}")
        return True

    def timed_out(self, leg_id: str) -> None:
        """No key came: nobody who could take a call is there."""
        leg = self._desk.live_leg(leg_id)
        if leg is not None and leg_id in self._asked:
            self.forget(leg)
            self._end(leg, 19, 480, "did not take the call")

    def _end(self, leg: Leg, q850: int, status: int, words: str) -> None:
        self._desk.emit(do.EndLeg(leg.id, q850, words))
        self._left(leg, status, words)

    def forget(self, leg: Leg) -> None:
        """It is asked no longer."""
        if leg.id in self._asked:
            self._asked.discard(leg.id)
            self._desk.emit(do.CancelTimer(TIMER + leg.id))
