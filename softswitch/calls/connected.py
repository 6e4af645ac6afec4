"""Who is at the far end of a leg outside, when that changes: after a transfer or a forward of theirs (connected line, RFC 5876).

The phone that talks with that leg shows it: in the 200 that it still waits for, else in a refresh.
"""

from __future__ import annotations

from softswitch.calls.desk import Desk
from softswitch.calls.effects import Effect
from softswitch.calls.leg import LegState
from softswitch.calls.stage import Stage
from softswitch.routing.numbers import ANONYMOUS

CHANGES_MAX = 64
"""How often somebody else is shown in one call, each time a step of its record and a request to a phone; then nobody is."""


class Connected:
    """Of one call."""

    def __init__(self, desk: Desk, stage: Stage) -> None:
        self._desk, self._stage, self._changes = desk, stage, 0

    def named(self, leg_id: str, number: str, name: str | None, withheld: bool, now: float) -> tuple[Effect, ...]:
        """The far end of a leg says who is there. Who hides before the answer changes nothing: the dialled one is shown."""
        desk = self._desk
        desk.now = now
        leg, withheld = desk.live_leg(leg_id), withheld or self._changes >= CHANGES_MAX
        if leg is None or (withheld and leg.state is not LegState.ANSWERED):
            return ()
        if leg.contact is not None and number == leg.contact.caller:  # some gateways give back whom we named
            return ()
        shown = leg.connected or (leg.party, leg.name)
        same = number == shown[0] and name in (None, shown[1])
        hides = leg.withheld or shown[0] == ANONYMOUS
        if withheld == hides and (withheld or same):
            return ()
        self._changes += 1
        leg.connected, leg.withheld = (ANONYMOUS, None) if withheld else (number, name), withheld
        who = "somebody who is hidden" if withheld else f"{name} ({number})" if name else number
        desk.step("call.party", f"{leg.label}: {who} is there now", leg=leg.id)
        for other in desk.legs.values():
            other.shows = None if other.shows == leg.id else other.shows
        partner = desk.partner(leg)
        if partner is not None:
            self._stage.introduce(partner, leg)
        return desk.flush()
