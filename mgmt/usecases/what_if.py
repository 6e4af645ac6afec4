"""What a change of a flow would do to calls that were: the past calls once more, as it is now and as it would be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from configdb.snapshot import Directory, TenantView
from history.documents import Call
from history.store import CallFilter
from ivr.simulate import Simulation
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import not_found
from mgmt.limits import replayed_calls_max
from mgmt.usecases.redact import Document
from mgmt.usecases.simulate import drafted
from softswitch.routing.destinations import destinations
from softswitch.routing.script_of import Script, script_of
from softswitch.routing.simulate import alone, simulate_number

week_s = 7 * 86_400.0


def changed_calls(context: Context, scope: Scope, flow: str, document: object) -> Document:
    """`{calls, unknown, changed: [{call, at, from, to, before, after}]}` of last week's calls. Raises Problem 403, 404, 422.

    Calls whose keys were secret are `unknown`: they cannot be made again.
    """
    scope.require_insight()
    if flow not in scope.view.flows:
        raise not_found("flow")
    after = drafted(scope.view, flow, document)
    directory = context.config.directory
    now_here, then_here = alone(directory, scope.view), alone(directory, after)
    changed: list[dict[str, Any]] = []
    calls = unknown = 0
    for call in _past(context, scope):
        calls += 1
        script = script_of([step.to_document() for step in context.history.steps(scope.tenant, call.id)], scope.view)
        was, would = _again(now_here, scope.view, call, script), _again(then_here, after, call, script)
        if not script.whole:
            unknown += 1
        elif destinations(was) != destinations(would):
            row = {"call": call.id, "at": call.started_at, "from": call.from_, "to": call.to}
            changed.append({**row, "before": list(destinations(was)), "after": list(destinations(would))})
    return {"calls": calls, "unknown": unknown, "changed": changed}


def _past(context: Context, scope: Scope) -> list[Call]:
    """Last week's calls from outside, newest first, as many as are looked at."""
    wanted = CallFilter(direction="inbound", since=context.clock() - week_s)
    found: list[Call] = []
    cursor = None
    while len(found) < replayed_calls_max:
        page = context.history.calls(scope.tenant, wanted, cursor, min(200, replayed_calls_max - len(found)))
        found += page.rows
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


def _again(here: Directory, view: TenantView, call: Call, script: Script) -> Simulation:
    at = datetime.fromtimestamp(call.started_at, UTC)
    return simulate_number(
        here, view.tenant.id, call.to, call.from_, at, script.keys, script.people, replies=script.replies
    )
