"""Who is banned by the switch, and lifting a ban, for operators."""

from __future__ import annotations

from typing import Any

from mgmt.context import Context
from mgmt.http.errors import Problem
from softswitch.control.messages import ControlError


def bans(context: Context) -> list[dict[str, Any]]:
    """Sources, and single users at a source, with the seconds left. Raises Problem 503 while the switch is away."""
    return list(_ask(context, "bans").get("bans", ()))


def lift(context: Context, source: str) -> None:
    """Lifts the bans of a source and of its users. Raises Problem 404 when there is none."""
    _ask(context, "unban", source=source)


def _ask(context: Context, op: str, **fields: Any) -> dict[str, Any]:
    try:
        return context.control.request(op, **fields)
    except ControlError as refused:
        raise Problem(refused.status, refused.code, refused.text) from refused
