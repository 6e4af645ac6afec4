"""One who waits: a caller on the line, or somebody who was promised a call and keeps the place."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

Order = tuple[int, float, int]
"""What places are sorted by: priority, then who came first."""


class Kind(Enum):
    """`PRESENT`: on the line; `PROMISED`: to be called; `CALLING`: is being called, and never will be again."""

    PRESENT = "present"
    PROMISED = "promised"
    CALLING = "calling"


@dataclass(slots=True)
class Place:
    """`id` is the call's, and stays when the caller becomes somebody to call. `number` is who that is, None when unknown.

    call: the call in which they are reached now.  agent: who is rung for them.  refused: agents who declined them.
    number_in: the place in the order among those of one moment.
    """

    id: str
    tenant: str
    queue: str
    number: str | None
    name: str | None
    joined_at: float
    priority: int
    skills: frozenset[str]
    number_in: int
    kind: Kind = Kind.PRESENT
    call: str | None = None
    agent: str | None = None
    offered_at: float = 0.0
    promised_at: float | None = None
    refused: set[str] = field(default_factory=set)

    @property
    def order(self) -> Order:
        """Smaller is served first."""
        return -self.priority, self.joined_at, self.number_in
