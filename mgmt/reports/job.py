"""A report that somebody wants.

waiting ──made──► ready          a report whose maker died in the middle is still waiting
   └──────cannot──► failed       one that is removed while it waits is not made
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from history.documents import Document

WAITING, READY, FAILED = "waiting", "ready", "failed"


@dataclass(frozen=True, slots=True)
class Job(Document):
    """`kind` and `form` as `kinds` and `forms`; of `since` up to `until`. plan: which one wants it (None: `by` does), `emails`
    who gets it. file: its name in the media store. rows: how many it has. progress: while it is made, how much of it is, 0 to 1;
    None: that is not known.
    """

    id: str
    tenant: str
    at: float
    kind: str
    form: str
    since: float
    until: float
    by: str
    name: str = ""
    plan: str | None = None
    emails: list[str] = field(default_factory=list)
    state: str = WAITING
    file: str | None = None
    size_bytes: int | None = None
    rows: int | None = None
    problem: str | None = None
    progress: float | None = None
    ended_at: float | None = None


def planned_id(tenant: str, plan: str, until: float) -> str:
    """The same for the same plan and time, whoever notices that it is due."""
    return f"plan-{hashlib.sha256(f'{tenant} {plan} {until:.0f}'.encode()).hexdigest()[:32]}"
