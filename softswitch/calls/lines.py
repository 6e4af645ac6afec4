"""The calls of each user as others may see them: one line a leg of theirs, for lamps and presence (RFC 4235 3.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
    found = (_line(call, leg) for leg in call.desk.legs.values())
    return {line.leg: line for line in found if line is not None}


def _line(call: Call, leg: Leg) -> Line | None:
    identity, state = call.desk.ledger.identity, _STATES[leg.state]
    if leg.role == "caller":
        if call.user is None:
            return None
        return Line(call.user, leg.id, call.id, "initiator", state, identity["to"] or "", identity["to_name"])
    if leg.contact is None or leg.contact.kind != "phone":
        return None
    return Line(leg.party, leg.id, call.id, "recipient", state, identity["from"] or "", identity["from_name"])
