"""How the world behaves in a simulation: what the caller keys, who takes the call, what a server answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from ivr.effects import Dial, Fetch, Party
from ivr.events import Fetched
from ivr.session import Session
from ivr.steps import Step

Availability = Literal["free", "busy", "no_answer", "declined", "unregistered", "machine"]
"""How somebody is who is rung; an answering machine takes the call where nobody asks for a person."""

WAITS = "w"
"""Instead of a key: the caller lets that prompt or silence pass."""


@dataclass(frozen=True, slots=True)
class Outside:
    """How a number outside is called: the steps that say so, and whether it is called at all."""

    steps: tuple[Step, ...] = ()
    is_called: bool = True


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server would answer; `status` 0: nothing at all."""

    status: int = 200
    body: str = "{}"


NOT_ASKED = Reply(0, "")


def reachable(_number: str) -> Outside:
    """The default: every number is called, and nothing is said about it."""
    return Outside()


class Behaviour(Protocol):
    """Asked whenever something is up to somebody else."""

    def key(self, session: Session) -> str | None:
        """The caller could press a key now, or WAITS; None: they press nothing any more."""

    def state(self, party: Party, effect: Dial) -> Availability:
        """How a user, or a number outside, is who is rung."""

    def user(self, user: str) -> Availability:
        """How an agent of a queue is."""

    def outside(self, number: str) -> Outside:
        """How a number outside is reached."""

    def reply(self, session: Session, effect: Fetch) -> Fetched:
        """What a server says."""


@dataclass(slots=True)
class Scripted:
    """Keys one by one, people and numbers outside as it is said (free when nothing is), servers as `replies` say.

    replies: by node id.  A server of which nothing is said is not asked: nothing leaves the house in a simulation.
    """

    keys: list[str] = field(default_factory=list)
    availability: Mapping[str, Availability] = field(default_factory=dict)
    reach: Callable[[str], Outside] = reachable
    replies: Mapping[str, Reply] = field(default_factory=dict)

    def key(self, session: Session) -> str | None:
        return self.keys.pop(0) if self.keys else None

    def state(self, party: Party, effect: Dial) -> Availability:
        return self.user(party.id)

    def user(self, user: str) -> Availability:
        return self.availability.get(user, "free")

    def outside(self, number: str) -> Outside:
        return self.reach(number)

    def reply(self, session: Session, effect: Fetch) -> Fetched:
        return answered(effect, self.replies.get(session.node or "", NOT_ASKED))


def answered(effect: Fetch, reply: Reply) -> Fetched:
    """The event that a reply is."""
    problem = "" if reply.status else "no server is asked in a simulation"
    return Fetched(effect.token, reply.status, reply.body, "application/json", problem)
