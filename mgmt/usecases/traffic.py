"""Who is where in a flow now, and at which node callers left it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from history.store import CallFilter
from ivr.whereabouts import UNKNOWN, flows_after
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.limits import drop_off_calls_max
from mgmt.usecases.redact import Document

day_s = 86_400.0
drop_off_looked_max = 20_000
"""Calls of the company, through whichever flow."""
LEFT = "call.caller_left"
SERVED = frozenset({"dial.answered", "queue.answered", "mailbox.left"})
"""After these a caller who hangs up got what they called for."""


def now(context: Context, scope: Scope, flow: str, nodes: frozenset[str]) -> dict[str, int]:
    """Callers of a flow by the node at which they are; whose flow is not known are told by the name of the node alone."""
    found: dict[str, int] = {}
    for call in context.board.calls(scope.tenant):
        if call.get("flow") not in (None, flow):
            continue
        node = next((step["node"] for step in reversed(call.get("steps", [])) if step.get("node")), None)
        if node in nodes:
            found[node] = found.get(node, 0) + 1
    return found


def drop_off(context: Context, scope: Scope, flow: str, nodes: frozenset[str], days: int) -> Document:
    """`{calls, whole, nodes: {id: {entered, left, served, ended, ways: {id: n}}}}` of the calls of so many days.

    whole: all of them were looked through, and not only the newest.
    How many came to a node; how many hung up there without anybody or anything they called for; how many had that there;
    for how many the flow was over there; how many went on, by the node they came to next.
    """
    counted: dict[str, Passed] = {}
    calls = looked = 0
    wanted = CallFilter(since=context.clock() - days * day_s)
    cursor = None
    while calls < drop_off_calls_max and looked < drop_off_looked_max:
        page = context.history.calls(scope.tenant, wanted, cursor, 200)
        looked += len(page.rows)
        for call in page.rows:
            steps = [step.to_document() for step in context.history.steps(scope.tenant, call.id)]
            calls += _count(steps, flow, nodes, counted)
        cursor = page.next_cursor
        if cursor is None:
            break
    return {"calls": calls, "whole": cursor is None, "nodes": {id: asdict(passed) for id, passed in counted.items()}}


@dataclass(slots=True)
class Passed:
    """The callers of one node."""

    entered: int = 0
    left: int = 0
    served: int = 0
    ended: int = 0
    ways: dict[str, int] = field(default_factory=dict)


def _count(steps: list[dict[str, Any]], flow: str, nodes: frozenset[str], counted: dict[str, Passed]) -> int:
    """1 when the call came through the flow."""
    at: Passed | None = None
    here, served, left = "", False, False
    flows = UNKNOWN
    for step in steps:
        node, code = step.get("node"), step["code"]
        ours = flows[-1] in (None, flow)
        flows = flows_after(flows, code, step.get("data") or {})
        if ours and node in nodes and node != here:
            if at is not None:
                at.ways[node] = at.ways.get(node, 0) + 1
            at, here, served = counted.setdefault(node, Passed()), node, False
            at.entered += 1
        served |= code in SERVED
        left |= code == LEFT
    if at is None:
        return 0
    at.served += served
    at.left += left and not served
    at.ended += not served and not left
    return 1
