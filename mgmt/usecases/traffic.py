"""Who is where in a flow now, and at which node callers left it."""

from __future__ import annotations

from typing import Any

from history.store import CallFilter
from mgmt.context import Context
from mgmt.limits import drop_off_calls_max
from mgmt.scope import Scope
from mgmt.usecases.redact import Document

day_s = 86_400.0
LEFT = "call.caller_left"


def now(context: Context, scope: Scope, nodes: frozenset[str]) -> dict[str, int]:
    """Callers by the node at which they are."""
    found: dict[str, int] = {}
    for call in context.board.calls(scope.tenant):
        node = next((step["node"] for step in reversed(call.get("steps", [])) if step.get("node")), None)
        if node in nodes:
            found[node] = found.get(node, 0) + 1
    return found


def drop_off(context: Context, scope: Scope, nodes: frozenset[str], days: int) -> Document:
    """`{calls, nodes: {id: {entered, left}}}` of the calls of so many days: how many came to a node and hung up there."""
    counted: dict[str, dict[str, int]] = {}
    calls = 0
    wanted = CallFilter(since=context.clock() - days * day_s)
    cursor = None
    while calls < drop_off_calls_max:
        page = context.history.calls(scope.tenant, wanted, cursor, 200)
        for call in page.rows:
            steps = [step.to_document() for step in context.history.steps(scope.tenant, call.id)]
            calls += _count(steps, nodes, counted)
        cursor = page.next_cursor
        if cursor is None:
            break
    return {"calls": calls, "nodes": counted}


def _count(steps: list[dict[str, Any]], nodes: frozenset[str], counted: dict[str, dict[str, int]]) -> int:
    """1 when the call came through the flow."""
    at: str | None = None
    for step in steps:
        node = step.get("node")
        if node in nodes and node != at:
            at = node
            counted.setdefault(node, {"entered": 0, "left": 0})["entered"] += 1
        if step["code"] == LEFT and at is not None:
            counted[at]["left"] += 1
    return int(at is not None)
