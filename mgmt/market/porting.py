"""A number comes from another carrier (local number portability), and the ways that may go: pure.

    draft ──submit──► submitted ──accept (a day)──► accepted ──ported──► ported
      ▲ ▲                │  └──────reject──► rejected   │ └──reject──► rejected
      │ └────────────────┼───────────fix────────┘       │
      └── made           └─────────cancel──► cancelled ◄┘   (draft and rejected ones too)

The day that is agreed with the losing carrier is the firm order commitment (FOC). Every change is noted, the last fifty.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from history.documents import Document
from mgmt.limits import stock_notes_max

DRAFT, SUBMITTED, ACCEPTED, PORTED = "draft", "submitted", "accepted", "ported"
REJECTED, CANCELLED = "rejected", "cancelled"
STATES = (DRAFT, SUBMITTED, ACCEPTED, PORTED, REJECTED, CANCELLED)
OPEN = (DRAFT, SUBMITTED, ACCEPTED, REJECTED)


class Step(Enum):
    """What happens to a port-in."""

    SUBMIT = "submit"
    ACCEPT = "accept"
    REJECT = "reject"
    FIX = "fix"
    PORTED = "ported"
    CANCEL = "cancel"


WAYS: dict[tuple[str, Step], str] = {
    (DRAFT, Step.FIX): DRAFT,
    (REJECTED, Step.FIX): DRAFT,
    (DRAFT, Step.SUBMIT): SUBMITTED,
    (SUBMITTED, Step.ACCEPT): ACCEPTED,
    (ACCEPTED, Step.ACCEPT): ACCEPTED,
    (SUBMITTED, Step.REJECT): REJECTED,
    (ACCEPTED, Step.REJECT): REJECTED,
    (ACCEPTED, Step.PORTED): PORTED,
    (PORTED, Step.PORTED): PORTED,
    **{(state, Step.CANCEL): CANCELLED for state in OPEN},
}


class NotNow(Exception):
    """Theirs: a port-in in this state does not go that way."""


@dataclass(frozen=True, slots=True)
class Port(Document):
    """`numbers` of one account at the losing `carrier`; name, street, place: as its bill has them. pin: sealed.

    wanted_on, foc_on: days, as "2026-12-01". target: where their calls go. bill: what was given of it, `{name, type, sha256}`.
    """

    id: str
    tenant: str
    made_at: float
    changed_at: float
    numbers: list[str]
    carrier: str
    account: str
    name: str
    street: str
    place: str
    target: dict[str, Any]
    pin: str = ""
    wanted_on: str | None = None
    foc_on: str | None = None
    state: str = DRAFT
    said: str = ""
    bill: dict[str, Any] | None = None
    notes: list[dict[str, Any]] = field(default_factory=list)


def stepped(found: Port, step: Step, by: str, now: float, **others: Any) -> Port:
    """After a step. Raises `NotNow`."""
    state = WAYS.get((found.state, step))
    if state is None:
        raise NotNow(f"it is {found.state}")
    if step is Step.SUBMIT and found.bill is None:
        raise NotNow("without a bill of the carrier that has the numbers now")
    note = {"at": now, "by": by, "step": step.value, "state": state, "said": others.get("said", "")}
    return replace(found, state=state, changed_at=now, notes=[*found.notes, note][-stock_notes_max:], **others)
