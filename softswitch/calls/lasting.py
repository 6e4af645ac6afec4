"""Who of a call can go on in another process: two who talk, who is parked, and who is alone with a flow that can begin again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ivr.session import Session
from softswitch.calls.desk import Desk
from softswitch.calls.leg import Leg, LegState
from softswitch.calls.table import Table


@dataclass(frozen=True, slots=True)
class Lasting:
    """Their legs, none: nobody can. `place`: where one who is alone is in a flow (`Session.kept`)."""

    legs: tuple[Leg, ...] = ()
    place: Mapping[str, Any] | None = None


def lasting(desk: Desk, table: Table, session: Session, slot: str | None) -> Lasting:
    """`slot`: where the caller is parked. An agent may be rung for a caller who waits: they are rung again."""
    legs = tuple(leg for leg in (desk.caller, desk.peer) if leg is not None)
    others = [leg for leg in desk.legs.values() if leg.live and leg not in legs]
    if not table.is_plain or any(leg.state is LegState.ANSWERED for leg in others):
        return Lasting()
    if len(legs) == 2 or slot is not None:
        return Lasting() if others else Lasting(legs)
    place = session.kept() if desk.caller_answered else None
    return Lasting() if place is None else Lasting(legs, place)
