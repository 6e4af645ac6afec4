"""Answering machines (AMD): who answers outside is listened to before they are connected. A person says a word and waits.

             a voice            it stops before greeting_s
LISTENING ----------> SPEAKING ---------------------------> a person: takes the call
    | QUIET_S             | greeting_s                        ^
    +--> not known:       v                                   |
         takes the call   a machine --"wait": it has stopped, or WAIT_S are over
                          | "skip": hung up. A fax tone is a machine at any time, and is hung up.

The leg sits alone in a room meanwhile, for rooms tell who speaks (-40 dBov; off up to a second after the last sound, so that
the pauses between words are none). It hears silence, the caller hears it ring.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from softswitch.calls import effects as do
from softswitch.calls.desk import Desk
from softswitch.calls.leg import Leg

QUIET_S = 4.0
WAIT_S = 30.0
TIMER = "machine:"
"""Before the leg in the name of its timer."""

ROOM = "machine:"


class Hearing(Enum):
    """What is known of a leg; see the figure above."""

    LISTENING = "listening"
    SPEAKING = "speaking"
    MACHINE = "machine"


@dataclass(slots=True)
class _Heard:
    how: Literal["skip", "wait"]
    since: float
    hearing: Hearing = Hearing.LISTENING


class Machines:
    """The legs that are listened to. `taken(leg)` and `left(leg, words)` tell the dial.

    greeting_s: of a voice with its second of hang-over. A person's "Ann Lee, good morning" is shorter, most greetings are
    longer; a receptionist's lies between them, so it is for the tenant to say (`Tenant.machine_after_s`).
    """

    def __init__(
        self, desk: Desk, taken: Callable[[Leg], None], left: Callable[[Leg, str], None], greeting_s: float
    ) -> None:
        self._desk, self._taken, self._left, self._greeting_s = desk, taken, left, greeting_s
        self._legs: dict[str, _Heard] = {}

    @property
    def active(self) -> bool:
        """Somebody is listened to."""
        return bool(self._legs)

    def listen(self, leg: Leg, how: Literal["skip", "wait"]) -> None:
        """Find out who is there."""
        desk = self._desk
        self._legs[leg.id] = _Heard(how, desk.now)
        desk.step("dial.listen", f"{leg.label} answered: person or machine?", leg=leg.id)
        desk.emit(do.JoinRoom(leg.id, ROOM + leg.id), do.StartTimer(TIMER + leg.id, QUIET_S))

    def voice(self, leg: Leg, on: bool) -> None:
        """A voice begins, or has stopped."""
        heard = self._legs.get(leg.id)
        match heard and heard.hearing, on:
            case Hearing.LISTENING, True if heard is not None:
                heard.hearing = Hearing.SPEAKING
                self._desk.emit(do.StartTimer(TIMER + leg.id, self._greeting_s))
            case Hearing.SPEAKING, False:
                self._take(leg, "dial.person", f"A person answered at {leg.label}")
            case Hearing.MACHINE, False:
                self._take(leg, "dial.greeted", f"The machine at {leg.label} has greeted")

    def timed_out(self, leg_id: str) -> None:
        """Nothing changed for so long."""
        heard, leg = self._legs.get(leg_id), self._desk.live_leg(leg_id)
        if heard is None or leg is None:
            return
        match heard.hearing:
            case Hearing.LISTENING:
                self._take(leg, "dial.silence", f"Nobody speaks at {leg.label}: taken for a person")
            case Hearing.SPEAKING if heard.how == "skip":
                self._leave(leg, "dial.machine", "an answering machine")
            case Hearing.SPEAKING:
                heard.hearing = Hearing.MACHINE
                self._say(leg, "dial.machine", f"An answering machine at {leg.label}: its greeting is waited for")
                self._desk.emit(do.StartTimer(TIMER + leg.id, WAIT_S))
            case Hearing.MACHINE:
                self._take(leg, "dial.greeted", f"The machine at {leg.label} does not stop to speak")

    def tone(self, leg: Leg) -> None:
        """A fax machine answered."""
        if leg.id in self._legs:
            self._leave(leg, "dial.fax", "a fax machine")

    def forget(self, leg: Leg) -> None:
        """It is listened to no longer."""
        if self._legs.pop(leg.id, None) is not None:
            self._desk.emit(do.CancelTimer(TIMER + leg.id))

    def _say(self, leg: Leg, code: str, text: str) -> None:
        after_ms = round((self._desk.now - self._legs[leg.id].since) * 1000)
        self._desk.step(code, text, leg=leg.id, after_ms=after_ms)

    def _take(self, leg: Leg, code: str, text: str) -> None:
        self._say(leg, code, text)
        self.forget(leg)
        self._desk.emit(do.LeaveRoom(leg.id))
        self._taken(leg)

    def _leave(self, leg: Leg, code: str, what: str) -> None:
        self._say(leg, code, f"{what.capitalize()} answered at {leg.label}")
        self.forget(leg)
        self._desk.emit(do.EndLeg(leg.id, 16, what))
        self._left(leg, what)
