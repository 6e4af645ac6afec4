"""Calls of a company that is suspended or has no minutes left: callers leave a message, nobody calls outside. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from configdb.billing import IN_SERVICE
from configdb.model import Target
from configdb.snapshot import TenantView
from ivr.steps import Step

AWAY = "sound:vm-away"
NO_BALANCE = "sound:no-balance"


def away(view: TenantView, target: Target | None) -> Mapping[str, Any]:
    """What a caller hears: that nobody can be reached, and the tone of the mailbox that is nearest to the target."""
    box = _box_of(view, target)
    if box is None:
        return {"start": "away", "nodes": {"away": {"kind": "hangup", "prompts": [AWAY], "cause": "unavailable"}}}
    return {"start": "away", "nodes": {"away": {"kind": "mailbox", "mailbox": box, "greeting": [AWAY]}}}


def no_balance() -> Mapping[str, Any]:
    """What somebody of the company hears who calls outside."""
    return {"start": "told", "nodes": {"told": {"kind": "hangup", "prompts": [NO_BALANCE], "cause": "unavailable"}}}


def why(view: TenantView) -> Step:
    """The reason, for the steps of a call."""
    if view.tenant.status == "closed":
        return Step("account.closed", f"The account of {view.tenant.name} is closed")
    if view.tenant.status in IN_SERVICE:
        return Step("account.minutes", f"{view.tenant.name} has no minutes left in this month: callers leave a message")
    return Step("account.suspended", f"{view.tenant.name} is suspended: callers leave a message, nobody calls outside")


def _box_of(view: TenantView, target: Target | None) -> str | None:
    """The target's own mailbox, else the owner's, else the first one."""
    user = view.users.get(target.id) if target is not None and target.kind == "user" else None
    owners = (one for _, one in sorted(view.users.items()) if one.role == "owner")
    wanted = [target.id if target is not None and target.kind == "mailbox" else None]
    wanted += [one.mailbox for one in (user, *owners) if one is not None]
    return next((id for id in (*wanted, *sorted(view.mailboxes)) if id in view.mailboxes), None)
