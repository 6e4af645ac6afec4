"""The conference rooms of a tenant as they are now, and leading them from outside."""

from __future__ import annotations

from typing import Any

from mgmt.access.scope import Scope
from mgmt.context import Context


def listed(context: Context, scope: Scope) -> list[dict[str, Any]]:
    """The rooms with somebody in them. Raises `ControlError`."""
    found: list[dict[str, Any]] = context.control.request("rooms", tenant=scope.tenant)["rooms"]
    return found


def lead(context: Context, scope: Scope, room: str, action: str, leg: str | None, key: str | None) -> None:
    """Lock a room, mute or send away a member. Raises Problem 403, `ControlError` 404."""
    scope.require_manager()
    once = {"key": key} if key else {}
    about = {"leg": leg} if leg else {}
    context.control.request("lead", tenant=scope.tenant, room=room, action=action, **about, **once)
