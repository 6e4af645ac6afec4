"""The number a tenant's outgoing call shows, and why: what the phone asked for, when its user may show that number."""

from __future__ import annotations

from collections.abc import Iterable

from configdb.model import User
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


def _step(number: str, why: str) -> Step:
    return Step("caller_id", f"Caller ID {number}: {why}", {"number": number})
