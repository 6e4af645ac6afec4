"""The number a tenant's outgoing call shows, and why."""

from __future__ import annotations

from configdb.model import User
from configdb.snapshot import TenantView
from ivr.steps import Step
from softswitch.routing.numbers import ANONYMOUS


def choose(view: TenantView, user: User) -> tuple[str, Step]:
    """The user's own choice, else the tenant's, else the tenant's first number, else none."""
    if user.caller_id is not None and user.caller_id in view.numbers:
        return user.caller_id, _step(user.caller_id, f"{user.name}'s own caller ID")
    if view.tenant.caller_id is not None and view.tenant.caller_id in view.numbers:
        return view.tenant.caller_id, _step(view.tenant.caller_id, "the tenant's caller ID")
    if view.numbers:
        first = min(view.numbers)
        return first, _step(first, "the tenant's first number")
    return ANONYMOUS, _step(ANONYMOUS, "the tenant has no number")


def _step(number: str, why: str) -> Step:
    return Step("caller_id", f"Caller ID {number}: {why}", {"number": number})
