"""The calls of each user as others may see them: one line a leg of theirs, for lamps and presence (RFC 4235 3.7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from configdb.model import User
from softswitch.calls.call import Call
from softswitch.calls.leg import Leg, LegState

State = Literal["trying", "early", "confirmed", "terminated"]

_STATES: dict[LegState, State] = {
    LegState.NEW: "trying",
    LegState.RINGING: "early",
    LegState.ANSWERED: "confirmed",
    LegState.ENDED: "terminated",
    LegState.CLOSED: "terminated",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A leg of a user. `direction`: who began the dialog; `remote` is the other party's number, empty when withheld."""

    user: str
    leg: str
    call: str
    direction: Literal["initiator", "recipient"]
    state: State
    remote: str
    remote_name: str | None


def lines_of(call: Call) -> dict[str, Line]:
    """The lines of a call now, by leg."""
    lines = {leg.id: _line(call, leg, leg.user) for leg in call.desk.legs.values() if leg.user is not None}
    if call.slots:
        for line in _parked(call):
            lines[line.user] = line
    return lines


PARK = "park:"
"""Before the slot in the name of who "talks" while a call is parked there."""


DND = "dnd:"
"""Before the user in the name of the lamp of their do-not-disturb."""


def dnd_line(user: User) -> Line:
    """The lamp of a user's do-not-disturb: lit while it is on."""
    name = DND + user.id
    return Line(name, name, name, "recipient", "confirmed" if user.dnd else "terminated", user.extension, user.name)


QUEUE = "queue:"
"""Before the queue in the name of its lamp."""


def queue_line(queue: str, name: str, is_waited_in: bool) -> Line:
    """The lamp of a queue: lit while anybody waits in it, whoever that is."""
    lamp = QUEUE + queue
    return Line(lamp, lamp, lamp, "recipient", "confirmed" if is_waited_in else "terminated", "", name)


def _parked(call: Call) -> Iterator[Line]:
    """A slot is lit while a call is parked in it; who is parked there can be taken by that name."""
    caller = call.desk.caller
    if caller is None:
        return
    for slot, is_in in call.slots.items():
        state: State = "confirmed" if is_in else "terminated"
        yield Line(PARK + slot, caller.id, call.id, "recipient", state, *_seen(caller))


def _line(call: Call, leg: Leg, user: str) -> Line:
    identity, partner = call.desk.ledger.identity, call.desk.partner(leg)
    direction: Literal["initiator", "recipient"] = "initiator" if leg.role == "caller" else "recipient"
    side = "to" if leg.role == "caller" else "from"
    remote, name = identity[side] or "", identity[f"{side}_name"]
    if partner is not None and partner.role == leg.role:  # they met by a transfer
        remote, name = _seen(partner)
    elif side == "from" and call.desk.caller is not None and call.desk.caller.withheld:
        remote, name = "", None
    return Line(user, leg.id, call.id, direction, _STATES[leg.state], remote, name)


def _seen(leg: Leg) -> tuple[str, str | None]:
    return ("", None) if leg.withheld else (leg.party, leg.name)
