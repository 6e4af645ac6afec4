"""What people say of their own calls: where they go, who may always ring, who never may."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from configdb.value import Id, Value

PATTERNS_MAX = 500
FOLLOW_ME_MAX = 5
STATUSES_MAX = 20
EARLY = timedelta(minutes=10)
"""How long before its time who leads a booked room may come in."""

CallerPattern = Annotated[str, Field(pattern=r"^(\+[1-9][0-9]{0,14}|[0-9]{2,15})\*?$")]
"""A caller's number or extension, or with a `*` the beginning of it."""

Callers = Annotated[tuple[CallerPattern, ...], Field(max_length=PATTERNS_MAX)]


class Target(Value):
    """Where a call goes: one of flow, user, group, queue, mailbox (ids in the tenant) or an E.164 number outside."""

    kind: Literal["flow", "user", "group", "queue", "mailbox", "number"]
    id: str = Field(min_length=1, max_length=64)


class Status(Value):
    """What somebody does just now ("in a meeting"): whether their phones ring, where calls go else, what callers hear.

    greeting: of their mailbox meanwhile.  forward None: the no-answer rule.
    """

    id: Id
    name: str = Field(min_length=1, max_length=60)
    rings: bool = False
    forward: Target | None = None
    greeting: Id | None = None


class Reachable(Value):
    """What a person says of calls to them. Only who rings at all is decided here: emergency calls are none of these.

    dnd: phones stay silent.  status: one of `statuses`, which says more.  vips ring all the same, and are never refused.
    forward: every call.  no_answer, on_busy, on_unreachable: what nobody answered, for that reason; `no_answer` takes what
    the others leave (None: the mailbox, else hang up).
    follow_me: rings too, together with their phones or afterwards; `screen`: who answers there, or at any of their phones,
    hears who calls and takes the call with the key 1.
    call_waiting: a second call rings while they talk.  anonymous "refuse": 433 (RFC 5079).  withhold: hidden when they call.
    """

    dnd: bool = False
    status: Id | None = None
    statuses: tuple[Status, ...] = Field(default=(), max_length=STATUSES_MAX)
    forward: Target | None = None
    no_answer: Target | None = None
    on_busy: Target | None = None
    on_unreachable: Target | None = None
    follow_me: tuple[Target, ...] = Field(default=(), max_length=FOLLOW_ME_MAX)
    follow_me_when: Literal["together", "afterwards"] = "afterwards"
    screen: Literal["nobody", "follow_me", "everywhere"] = "follow_me"
    call_waiting: bool = True
    vips: Callers = ()
    blocked: Callers = ()
    anonymous: Literal["ring", "refuse"] = "ring"
    withhold: bool = False

    @property
    def now(self) -> Status | None:
        """Their status, None when they have set none."""
        return next((one for one in self.statuses if one.id == self.status), None)


class Room(Value):
    """A conference room, dialled by its `number` after the feature code, or reached by a flow.

    pin: asked of everybody but `leaders`, who may lock it, mute and send away.  waits: nobody hears anybody until one of
    them is there.  announced: comings and goings are heard.
    opens_at, closes_at: a booking: nobody comes in before and after, but for its leaders, a little before; who is in stays.
    """

    id: Id
    name: str = Field(min_length=1, max_length=120)
    number: str = Field(pattern=r"^[0-9]{1,6}$")
    pin: str | None = Field(default=None, pattern=r"^[0-9]{4,10}$")
    leaders: tuple[Id, ...] = Field(default=(), max_length=50)
    waits: bool = False
    announced: bool = True
    members_max: int = Field(default=50, ge=2, le=200)
    opens_at: AwareDatetime | None = None
    closes_at: AwareDatetime | None = None

    def is_open(self, leads: bool, at: datetime) -> bool:
        """Whether somebody may come in now."""
        early = EARLY if leads else timedelta()
        return (self.opens_at is None or self.opens_at - early <= at) and (
            self.closes_at is None or at < self.closes_at
        )


def fits(caller: str, patterns: tuple[str, ...]) -> bool:
    """Whether a caller is one of those."""
    return any(caller.startswith(one[:-1]) if one.endswith("*") else caller == one for one in patterns)
