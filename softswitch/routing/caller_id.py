"""The number an outgoing call shows, and why: the phone's wish if its user may show it, then what a trunk's rules make of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from configdb.model import Trunk, User
from configdb.snapshot import TenantView
from ivr.steps import Step
from softswitch.routing.numbers import ANONYMOUS, NotANumber, to_e164


def choose(view: TenantView, user: User, wanted: Iterable[str] = ()) -> tuple[str, Step]:
    """The first number of `wanted` that is the user's, else the user's choice, the tenant's, its first number, none."""
    allowed = numbers_of(view, user)
    for text in wanted:
        try:
            number = to_e164(text, view.tenant.country)
        except NotANumber:
            continue  # a phone without a wish writes its user name
        if number in allowed:
            return number, _step(number, f"asked for by {user.name}'s phone")
    if user.caller_id is not None and user.caller_id in view.numbers:
        return user.caller_id, _step(user.caller_id, f"{user.name}'s own caller ID")
    if view.tenant.caller_id is not None and view.tenant.caller_id in view.numbers:
        return view.tenant.caller_id, _step(view.tenant.caller_id, "the tenant's caller ID")
    if view.numbers:
        first = min(view.numbers)
        return first, _step(first, "the tenant's first number")
    return ANONYMOUS, _step(ANONYMOUS, "the tenant has no number")


def numbers_of(view: TenantView, user: User) -> frozenset[str]:
    """The numbers a user's phone may ask to be shown as: the user's, the tenant's, and those that ring the user."""
    chosen = (user.caller_id, view.tenant.caller_id)
    return frozenset(
        id
        for id, number in view.numbers.items()
        if id in chosen or (number.target.kind, number.target.id) == ("user", user.id)
    )


def call_back(view: TenantView, user: User) -> tuple[str, Step]:
    """The number under which the user of an emergency call is rung: one that goes to them, else as for any call."""
    direct = sorted(id for id, one in view.numbers.items() if (one.target.kind, one.target.id) == ("user", user.id))
    return (direct[0], _step(direct[0], f"rings {user.name}")) if direct else choose(view, user)


def _step(number: str, why: str) -> Step:
    return Step("caller_id", f"Caller ID {number}: {why}", {"number": number})


@dataclass(frozen=True, slots=True)
class Shown:
    """The caller that is shown at a trunk, None when the call may not go this way; `why` in words, "" when unchanged."""

    number: str | None
    why: str = ""


def at_trunk(trunk: Trunk, number: str) -> Shown:
    """What a trunk's own rules make of a caller (`CallerIds`)."""
    rules = trunk.caller_ids
    if number == ANONYMOUS:
        if rules.anonymous == "refuse":
            return Shown(None, f"Trunk {trunk.id} takes no anonymous calls")
        if rules.anonymous == "show" and rules.default is not None:
            return Shown(rules.default, f"shows {rules.default}: anonymous calls are not hidden here")
        return Shown(number)
    if not rules.allowed or any(_fits(number, pattern) for pattern in rules.allowed):
        return Shown(number)
    if rules.default is None:
        return Shown(None, f"Trunk {trunk.id} does not allow caller ID {number}")
    return Shown(rules.default, f"shows {rules.default}: {number} is not allowed here")


def _fits(number: str, pattern: str) -> bool:
    return number.startswith(pattern[:-1]) if pattern.endswith("*") else number == pattern
