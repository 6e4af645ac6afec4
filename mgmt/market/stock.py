"""A number in stock, and the ways it may go.

                     ┌─────run out, cancelled──────┐
    available ──reserve──► reserved ──order──► ordering ──bought──► assigned ──release──► quarantine ──over──► available
        │                     │                   └──not to be had──► gone        │              (a supplier's: gone)
        │                     └──order (our own)────────────────────────► ▲       └──port out──► porting_out ──left──► gone
        └──block──► blocked ──unblock──► available                                    └──stays──► assigned

    reserved ──hold──► held ──order──► as from reserved; ──run out, cancelled──► as from reserved     (papers are missing)

    quarantine ──take back──► assigned     (by who gave it up, for a day; they may be forgotten before)

`gone` leaves the stock: what we do not own is a supplier's again. Every change is noted on the number, the last fifty.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from history.documents import Document
from mgmt.limits import papers_patience_s, quarantine_s, reservation_s, stock_notes_max, take_back_s

AVAILABLE, RESERVED, HELD, ORDERING, ASSIGNED = "available", "reserved", "held", "ordering", "assigned"
QUARANTINE, BLOCKED, PORTING_OUT, GONE = "quarantine", "blocked", "porting_out", "gone"
STATES = (AVAILABLE, RESERVED, HELD, ORDERING, ASSIGNED, QUARANTINE, BLOCKED, PORTING_OUT, GONE)
HOUSE = "house"


class Step(Enum):
    """What happens to a number."""

    RESERVE = "reserve"
    CANCEL = "cancel"
    EXPIRE = "expire"
    HOLD = "hold"
    ORDER = "order"
    BOUGHT = "bought"
    NOT_TO_BE_HAD = "not_to_be_had"
    RELEASE = "release"
    UNDO = "undo"
    TAKE_BACK = "take_back"
    FORGET = "forget"
    OVER = "over"
    BLOCK = "block"
    UNBLOCK = "unblock"
    PORT_OUT = "port_out"
    STAYS = "stays"
    LEFT = "left"


class NotNow(Exception):
    """Theirs: a number in this state does not go that way."""


@dataclass(frozen=True, slots=True)
class StockNumber(Document):
    """`area` and `place`: where it is of. supplier: "house" or an id. cost_cents: what it costs us a month, price_cents: what its
    company pays a month if its plan does not hold it; each with what it costs once, in a currency ("": the region's).

    holder: the company that reserved or has it. reservation: the secret name of that. until: when a reservation, a wait for
    papers or a quarantine ends. target: where its calls go once it is bought. former: the company that gave it up, and
    given_up: what its configuration said of the number, for who takes it back. notes: `{at, by, step, state}`.
    """

    number: str
    country: str
    kind: str
    supplier: str
    changed_at: float
    area: str = ""
    place: str = ""
    sms: bool = False
    cost_cents: int = 0
    price_cents: int = 0
    setup_cost_cents: int = 0
    setup_price_cents: int = 0
    cost_currency: str = ""
    currency: str = ""
    trunk: str | None = None
    region: str | None = None
    state: str = AVAILABLE
    holder: str | None = None
    reservation: str | None = None
    until: float | None = None
    target: dict[str, str] = field(default_factory=dict)
    former: str | None = None
    given_up: dict[str, Any] = field(default_factory=dict)
    notes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def margin_cents(self) -> int | None:
        """What is left of a month; None: price and cost are in different currencies."""
        same = self.currency == self.cost_currency or not self.price_cents or not self.cost_cents
        return self.price_cents - self.cost_cents if same else None

    @property
    def assigned_at(self) -> float:
        """Since when its company has it, as far as it is noted."""
        return next((float(note["at"]) for note in self.notes if note["state"] == ASSIGNED), self.changed_at)

    def back_until(self, tenant: str) -> float | None:
        """How long this company can have it back, which gave it up; None: it is not theirs to take back."""
        own = self.state == QUARANTINE and self.former == tenant
        return (self.until or 0.0) - quarantine_s + take_back_s if own else None


def stepped(
    found: StockNumber,
    step: Step,
    by: str,
    now: float,
    holder: str | None = None,
    reservation: str | None = None,
    target: dict[str, str] | None = None,
    given_up: dict[str, Any] | None = None,
) -> StockNumber:
    """The number after a step. Raises `NotNow`."""
    free = {"holder": None, "reservation": None, "until": None}
    forgotten: dict[str, Any] = {"former": None, "given_up": {}}
    own = found.supplier == HOUSE
    match (found.state, step):
        case ("available", Step.RESERVE):
            change: dict[str, Any] = {"state": RESERVED, "holder": holder, "reservation": reservation}
            change["until"] = now + reservation_s
        case ("reserved", Step.RESERVE) if (found.until or 0.0) <= now:  # ran out, and nobody swept it yet
            change = {"holder": holder, "reservation": reservation, "until": now + reservation_s}
        case ("reserved" | "held", Step.CANCEL) if found.holder == holder:
            change = {"state": AVAILABLE if own else GONE, **free}
        case ("reserved" | "held", Step.EXPIRE) if (found.until or 0.0) <= now:
            change = {"state": AVAILABLE if own else GONE, **free}
        case ("reserved", Step.HOLD) if found.holder == holder and (found.until or 0.0) > now:
            change = {"state": HELD, "until": now + papers_patience_s, "target": target or {}}
        case ("reserved" | "held", Step.ORDER) if found.holder == holder and (found.until or 0.0) > now:
            change = {"state": ASSIGNED if own else ORDERING, "until": None}
        case ("ordering", Step.BOUGHT):
            change = {"state": ASSIGNED}
        case ("ordering", Step.NOT_TO_BE_HAD):
            change = {"state": GONE, **free}
        case ("assigned", Step.RELEASE) if found.holder == holder:
            change = {"state": QUARANTINE, **free, "until": now + quarantine_s}
            change |= {"former": holder if given_up else None, "given_up": given_up or {}}
        case ("quarantine", Step.TAKE_BACK) if holder is not None and now <= (found.back_until(holder) or 0.0):
            change = {"state": ASSIGNED, **free, "former": None, "holder": holder}
        case ("quarantine", Step.FORGET) if found.former == holder:
            change = forgotten
        case ("assigned", Step.UNDO) if found.holder == holder and own:  # it never carried a call
            change = {"state": AVAILABLE, **free}
        case ("quarantine", Step.OVER) if (found.until or 0.0) <= now:
            change = {"state": AVAILABLE if own else GONE, **free, **forgotten}
        case ("available", Step.BLOCK):
            change = {"state": BLOCKED}
        case ("blocked", Step.UNBLOCK):
            change = {"state": AVAILABLE}
        case ("assigned", Step.PORT_OUT):
            change = {"state": PORTING_OUT}
        case ("porting_out", Step.STAYS):
            change = {"state": ASSIGNED}
        case ("porting_out", Step.LEFT):
            change = {"state": GONE, **free}
        case _:
            raise NotNow(f"{found.number} is {found.state}")
    note = {"at": now, "by": by, "step": step.value, "state": change.get("state", found.state)}
    return replace(found, **change, changed_at=now, notes=[*found.notes, note][-stock_notes_max:])
