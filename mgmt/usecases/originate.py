"""Start a call from the management plane, try a flow by one, send a live one elsewhere, end it: through the control socket."""

from __future__ import annotations

from typing import Any

from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.body import text_field
from mgmt.http.errors import not_found
from mgmt.usecases.phone import asking
from mgmt.usecases.redact import Document
from mgmt.usecases.simulate import drafted
from softswitch.control.verbs import BY_NAME, VERSION

party_chars_max = 64


def start(
    context: Context, scope: Scope, caller: str, callee: str, machines: str | None, key: str | None
) -> dict[str, Any]:
    """Ask the switch to ring `caller` and connect it with `callee`; the call's id. Raises `ControlError`."""
    more = {"machines": machines, "key": key}
    given = {"from": caller, "to": callee, **{name: value for name, value in more.items() if value}}
    reply = context.control.request("originate", tenant=scope.tenant, **given)
    return {"id": reply["call"]}


def try_flow(context: Context, scope: Scope, flow: str, body: Document, key: str | None) -> Document:
    """Ring who asks, or `from`, and run `document` for them, as the flow is being drawn; the call's id.

    Raises Problem 403, 404, 409 (nobody of the company asks), 422 (it cannot be walked yet), `ControlError`.
    """
    scope.require_manager()
    if not any(flow in scope.view.objects.get(kind, {}) for kind in ("flow", "draft")):
        raise not_found("flow")
    caller = text_field(body, "from", party_chars_max, required=False) or asking(scope.identity, scope).id
    drafted(scope.view, flow, body.get("document"))
    once = {"key": key} if key else {}
    asked = {"from": caller, "flow": flow, "document": body["document"], **once}
    return {"id": context.control.request("try_flow", tenant=scope.tenant, **asked)["call"]}


def hang_up(context: Context, scope: Scope, call: str) -> None:
    """End a live call of the tenant. Raises Problem 404, 503, `ControlError`."""
    if context.board.find(scope.tenant, call) is None:
        raise not_found("live call")
    context.control.request("hangup", tenant=scope.tenant, call=call)


def do(context: Context, scope: Scope, call: str, verb: str, given: dict[str, Any], key: str | None) -> None:
    """A verb of the control API for a live call of the tenant. Raises Problem 404, `ControlError` (409, 422 and others)."""
    if verb not in BY_NAME:
        raise not_found("verb for calls")
    if context.board.find(scope.tenant, call) is None:
        raise not_found("live call")
    once = {"key": key} if key else {}
    context.control.request(verb, **given, **once, v=VERSION, tenant=scope.tenant, call=call)


def events(context: Context, scope: Scope, after: int | None) -> dict[str, Any]:
    """What happened to calls of the tenant behind a cursor. Raises `ControlError`."""
    found = context.control.request("events", tenant=scope.tenant, after=after)
    data = [{"cursor": one["cursor"], "call": one["call"]} for one in found["events"]]
    return {"data": data, "cursor": found["cursor"], "complete": found["complete"]}


def transfer(context: Context, scope: Scope, call: str, wanted: dict[str, str]) -> None:
    """Send a live call of the tenant elsewhere; `wanted` as the operation has it. Raises Problem 404, `ControlError`."""
    if context.board.find(scope.tenant, call) is None:
        raise not_found("live call")
    context.control.request("transfer", tenant=scope.tenant, call=call, **wanted)
