"""Where a far end may be, and what is known of the way there (RFC 8445 5.1, 6.1.2).

We have one candidate, the port of the leg, so a pair is known by its far end alone. Pairs are tried in the order of the far
end's priorities: with one candidate on our side that is the order of the pairs' priorities (6.1.2.3), whoever controls.

               a check is sent            its answer
    WAITING ------------------> IN_PROGRESS --------> SUCCEEDED
       ^                             | no answer, or one from elsewhere
       |        the far end          v
       +---- checks that way ---- FAILED
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

Address = tuple[str, int]


class State(Enum):
    """Of a pair; see the figure above."""

    WAITING = "waiting"
    IN_PROGRESS = "in progress"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of the far end's, on its only component."""

    address: Address
    priority: int


@dataclass(frozen=True, slots=True)
class Credentials:
    """Of one side, for one session of ICE (5.3)."""

    ufrag: str
    password: str


@dataclass(slots=True)
class Pair:
    """Our port and one of the far end's candidates.

    is_named: it was nominated, or is when its check succeeds.  heard_at: when an authentic word last came that way.
    """

    address: Address
    priority: int
    state: State = State.WAITING
    is_named: bool = False
    heard_at: float = 0.0
