"""Start a call from the management plane, send a live one elsewhere, end it: through the switch's control socket."""

from __future__ import annotations

from typing import Any

from mgmt.context import Context
from mgmt.errors import not_found
from mgmt.scope import Scope


def start(context: Context, scope: Scope, caller: str, callee: str) -> dict[str, Any]:
    """Ask the switch to ring `caller` and connect it with `callee`; the call's id. Raises `ControlError`."""
    reply = context.control.request("originate", tenant=scope.tenant, **{"from": caller, "to": callee})
    return {"id": reply["call"]}


def hang_up(context: Context, scope: Scope, call: str) -> None:
    """End a live call of the tenant. Raises Problem 404, 503, `ControlError`."""
    if context.board.find(scope.tenant, call) is None:
        raise not_found("live call")
    context.control.request("hangup", tenant=scope.tenant, call=call)


def transfer(context: Context, scope: Scope, call: str, wanted: dict[str, str]) -> None:
    """Send a live call of the tenant elsewhere; `wanted` as the operation has it. Raises Problem 404, `ControlError`."""
    if context.board.find(scope.tenant, call) is None:
        raise not_found("live call")
    context.control.request("transfer", tenant=scope.tenant, call=call, **wanted)
