"""One person at the queues of a tenant: facts are kept, the state follows from them.

OUT --login--> FREE --offer--> RINGING --answers--> BUSY --hangs up--> WRAP_UP --time, or "ready"--> FREE
                 | not reached: a short REST           | any other call of theirs is BUSY too
                 +--pause--> PAUSED --resume--> FREE   +--logout, from everywhere--> OUT
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

Key = tuple[str, str]
"""Tenant and user."""


class State(Enum):
    """What an agent does now; the first that is true, in this order."""

    OUT = "out"
    RINGING = "ringing"
    BUSY = "busy"
    PAUSED = "paused"
    WRAP_UP = "wrap_up"
    REST = "rest"
    FREE = "free"


@dataclass(slots=True)
class Agent:
    """`queues` are those they are logged in to; `lines` how many calls they are in. Times are epoch seconds.

    offered: the place they are rung for.  serving: the call they are in since `served_at`, for the queue `serves`.
    paused: the reason.  idle_since: when the last call ended.  turn: counts offers over all agents, for round robin.
    seen: the state that was told last, since `since`.
    """

    key: Key
    queues: set[str] = field(default_factory=set)
    lines: int = 0
    offered: str | None = None
    serving: str | None = None
    serves: str = ""
    served_at: float = 0.0
    paused: str | None = None
    seen: State = State.OUT
    since: float = 0.0
    wrap_up_until: float = 0.0
    rest_until: float = 0.0
    idle_since: float = 0.0
    calls: int = 0
    turn: int = 0

    def state(self, now: float) -> State:
        """What they do now."""
        if not self.queues:
            return State.OUT
        if self.offered is not None:
            return State.RINGING
        if self.lines or self.serving is not None:
            return State.BUSY
        if self.paused is not None:
            return State.PAUSED
        if now < self.wrap_up_until:
            return State.WRAP_UP
        return State.REST if now < self.rest_until else State.FREE

    def due(self, now: float) -> float | None:
        """When the state changes by itself."""
        later = [at for at in (self.wrap_up_until, self.rest_until) if at > now]
        return min(later) if later else None
