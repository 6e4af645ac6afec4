"""What somebody shows who wants a number where a country asks for it (its regulation), and how far that is: pure.

missing ──give──► submitted ──accept──► accepted
                   ▲    └──refuse──► refused, and why
                   └──give: another file, in whatever state──┘        accepted ──refuse──► refused (it is good no longer)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from configdb.estate import PaperRule
from history.documents import Document
from mgmt.limits import stock_notes_max

MISSING, SUBMITTED, ACCEPTED, REFUSED = "missing", "submitted", "accepted", "refused"
STATES = (MISSING, SUBMITTED, ACCEPTED, REFUSED)


class Step(Enum):
    """What happens to it."""

    GIVE = "give"
    ACCEPT = "accept"
    REFUSE = "refuse"


WAYS: dict[tuple[str, Step], str] = {
    **{(state, Step.GIVE): SUBMITTED for state in STATES},
    (SUBMITTED, Step.ACCEPT): ACCEPTED,
    (SUBMITTED, Step.REFUSE): REFUSED,
    (ACCEPTED, Step.REFUSE): REFUSED,
}


class NotNow(Exception):
    """Theirs: a paper in this state does not go that way."""


@dataclass(frozen=True, slots=True)
class Paper(Document):
    """`paper`: what it is, one each for a country and a company.  file: `{type, sha256, size_bytes}`.  said: why not.

    notes: `{at, by, step, state, said}`.
    """

    tenant: str
    country: str
    paper: str
    changed_at: float
    state: str = MISSING
    file: dict[str, Any] = field(default_factory=dict)
    said: str = ""
    notes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def id(self) -> str:
        """One of each."""
        return id_of(self.country, self.paper)


def id_of(country: str, paper: str) -> str:
    """Within a company."""
    return f"{country}-{paper}"


def needed(rules: Iterable[PaperRule], country: str, kind: str) -> tuple[str, ...]:
    """What is to be shown for a number of that kind, each once, in the order of the rules."""
    found = (
        one
        for rule in rules
        if rule.country == country and (not rule.kinds or kind in rule.kinds)
        for one in rule.papers
    )
    return tuple(dict.fromkeys(found))


def stepped(found: Paper, step: Step, by: str, now: float, said: str = "", file: dict[str, Any] | None = None) -> Paper:
    """After a step. Raises `NotNow`."""
    state = WAYS.get((found.state, step))
    if state is None:
        raise NotNow(f"it is {found.state}")
    note = {"at": now, "by": by, "step": step.value, "state": state, "said": said}
    notes = [*found.notes, note][-stock_notes_max:]
    return replace(found, state=state, said=said, changed_at=now, file=file or found.file, notes=notes)
