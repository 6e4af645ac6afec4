"""What somebody wants done with a call to them (`configdb.personal.Reachable`): ring, go elsewhere, stay silent, refuse.

block list, anonymous --> status, do not disturb --> forward --> ring: phones, follow-me
       a VIP passes          a VIP passes
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from configdb.model import Target, Tenant, User, fits
from configdb.snapshot import TenantView
from ivr.effects import Because, Party
from ivr.steps import Step
from ivr.talk import Caller

ANONYMOUS = "anonymous"
"""The number of a caller who hides it."""

Unwanted = Literal["blocked", "anonymous"]


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring these, one round after another."""

    rounds: tuple[tuple[Party, ...], ...]


@dataclass(frozen=True, slots=True)
class Go:
    """The call goes there instead."""

    target: Target
    because: Because = "unconditional"


@dataclass(frozen=True, slots=True)
class Silent:
    """Nobody rings: as if they were busy."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The caller is not wanted."""

    why: Unwanted


@dataclass(frozen=True, slots=True)
class Arranged:
    """What is to be done, and why."""

    verdict: Ring | Go | Silent | Refuse
    steps: tuple[Step, ...] = ()


def arranged(user: User, caller: Caller, view: TenantView) -> Arranged:
    """What becomes of a call of that caller to that user."""
    vip = fits(caller.number, user.vips)
    steps = (_step("reach.vip", user, f"{caller.number} may always ring {user.name}"),) if vip else ()
    if not vip:
        refused = unwanted(user, caller, user.name)
        if refused is not None:
            return refused
        away = _away(user)
        if away is not None:
            return away
    if user.forward is not None:
        text = f"{user.name} forwards all calls to {user.forward.kind} {user.forward.id}"
        return Arranged(Go(user.forward), (*steps, _step("reach.forward", user, text)))
    rounds, why = _rounds(user, caller, view)
    return Arranged(Ring(rounds), (*steps, *why))


def unwanted(rules: User | Tenant, caller: Caller, name: str) -> Arranged | None:
    """Why a caller from outside is refused by a person or by a company; None when they are not."""
    if caller.user is not None:
        return None
    if caller.number == ANONYMOUS and rules.anonymous == "refuse":
        return _refused(rules, "anonymous", f"{name} takes no anonymous calls")
    if fits(caller.number, rules.blocked):
        return _refused(rules, "blocked", f"{caller.number} is on the block list of {name}")
    return None


def _refused(rules: User | Tenant, why: Unwanted, text: str) -> Arranged:
    return Arranged(Refuse(why), (Step(f"reach.{why}", text, {"of": rules.id}),))


def _away(user: User) -> Arranged | None:
    status = user.now
    if status is not None and not status.rings:
        if status.forward is None:
            return Arranged(Silent(), (_step("reach.status", user, f"{user.name} is not available: {status.name}"),))
        text = f"{user.name} is not available ({status.name}): go to {status.forward.kind} {status.forward.id}"
        return Arranged(Go(status.forward, "away"), (_step("reach.status", user, text),))
    if user.dnd:
        return Arranged(Silent(), (_step("dial.dnd", user, f"{user.name} does not want to be disturbed"),))
    return None


def _rounds(user: User, caller: Caller, view: TenantView) -> tuple[tuple[tuple[Party, ...], ...], tuple[Step, ...]]:
    own = Party("user", user.id, screened=user.screen == "everywhere")
    also = tuple(_follower(user, target, caller, view) for target in user.follow_me)
    found = tuple(party for party in also if party is not None)
    if not found:
        return ((own,),), ()
    words = ", ".join(party.id for party in found)
    when = "together with" if user.follow_me_when == "together" else "after"
    step = _step("reach.follow_me", user, f"Follow {user.name}: {words} ring {when} their phones")
    return (((own, *found),) if user.follow_me_when == "together" else ((own,), found)), (step,)


def _follower(user: User, target: Target, caller: Caller, view: TenantView) -> Party | None:
    """Who rings besides: a number, or a colleague who wants to hear such a caller just now."""
    screened = user.screen != "nobody"
    if target.kind == "number":
        return Party("number", target.id, screened=screened, because="follow-me")
    other = view.users.get(target.id)
    if other is None or unwanted(other, caller, other.name) is not None or _away(other) is not None:
        return None
    return Party("user", other.id, screened=screened)


def _step(code: str, user: User, text: str) -> Step:
    return Step(code, text, {"user": user.id})
