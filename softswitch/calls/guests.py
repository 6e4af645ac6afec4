"""Guests of a call: how a supervisor or a third party comes, what a supervisor's keys do, what is left when they go.

arrive() --a port--> answered, sits at the `Table`     4, 5, 6: a supervisor listens, whispers, barges in
place()  ----------> sits there at once (three-way: the leg comes from another call)
"""

from __future__ import annotations

from softswitch.calls import causes
from softswitch.calls import effects as do
from softswitch.calls.desk import Desk
from softswitch.calls.effects import Effect
from softswitch.calls.leg import Cause, Leg, LegState
from softswitch.calls.table import Guest, Mode, Table
from softswitch.sip.errors import NotAcceptable

KEYS: dict[str, Mode] = {"4": "monitor", "5": "whisper", "6": "barge"}
WORDS: dict[Mode, str] = {
    "party": "talks with both",
    "page": "listens",
    "monitor": "listens",
    "whisper": "listens and speaks to their side",
    "barge": "speaks to all",
}


class Guests:
    """The guests of one call."""

    def __init__(self, desk: Desk, table: Table) -> None:
        self._desk, self._table = desk, table
        self._coming: dict[str, tuple[str, Mode]] = {}

    def can_take(self, beside: str) -> bool:
        """Whether that leg talks with somebody now."""
        return self._desk.partner(self._desk.live_leg(beside)) is not None

    def arrive(self, leg: Leg, beside: str, mode: Mode, now: float) -> tuple[Effect, ...]:
        """An INVITE of a supervisor came: it is answered once it has a port."""
        self._desk.now = now
        self._coming[leg.id] = beside, mode
        self._desk.add(leg)
        return self._desk.flush()

    def opened(self, leg: Leg) -> bool:
        """Whether the leg is one that arrived; then it sits down."""
        coming = self._coming.pop(leg.id, None)
        if coming is None:
            return False
        desk, (beside, mode) = self._desk, coming
        if not self.can_take(beside):
            desk.hang_up(leg, Cause(480, 16, "the conversation is over"))
            return True
        try:
            sdp = leg.our_sdp()
        except NotAcceptable as error:
            desk.step("media.not_acceptable", f"{leg.label} speaks nothing we speak: {error}")
            desk.hang_up(leg, causes.NOT_ACCEPTABLE)
            return True
        leg.state, leg.answered_at = LegState.ANSWERED, desk.now
        desk.emit(do.AnswerLeg(leg.id, sdp))
        desk.connect(leg)
        self._sit(Guest(leg, mode, beside))
        return True

    def place(self, leg: Leg, from_call: str, now: float) -> tuple[Effect, ...]:
        """A leg that was handed over becomes the third party."""
        desk = self._desk
        desk.now = now
        desk.legs[leg.id] = leg
        desk.emit(desk.ledger.leg_opened(leg))
        desk.step("guest.joined", f"{leg.label} comes from another call", call=from_call, leg=leg.id)
        caller = desk.caller
        self._sit(Guest(leg, "party", caller.id if caller is not None else ""))
        return desk.flush()

    def key(self, leg: Leg, digit: str) -> bool:
        """Whether a key is of a guest; a supervisor changes by it how they sit."""
        guest = self._table.guests.get(leg.id)
        if guest is None:
            return False
        mode = KEYS.get(digit)
        if mode is not None and guest.mode not in ("party", "page") and mode != guest.mode:
            self._sit(Guest(leg, mode, guest.beside))
        return True

    def ended(self, leg: Leg, cause: Cause) -> bool:
        """Whether a leg whose far end is gone was a guest."""
        if self._coming.pop(leg.id, None) is None and self._table.dismiss(leg.id) is None:
            return False
        self._desk.close(leg, cause)
        self._desk.step("guest.left", f"{leg.label} left the call", leg=leg.id)
        return True

    def _sit(self, guest: Guest) -> None:
        beside = self._desk.legs.get(guest.beside)
        to = f" with {beside.label}" if beside is not None and guest.mode != "party" else ""
        text = f"{guest.leg.label} joins the call{to} and {WORDS[guest.mode]}"
        self._desk.step(f"guest.{guest.mode}", text, leg=guest.leg.id, user=guest.leg.user)
        self._table.invite(guest)
