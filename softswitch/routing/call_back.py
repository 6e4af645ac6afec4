"""The route of a promised call: what an agent may dial like any other number, with a node that asks before it rings."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from configdb.model import Target, User
from configdb.snapshot import Directory, TenantView
from ivr.steps import Step
from softswitch.routing.internal import UNAVAILABLE, route_phone
from softswitch.routing.route import Route


def route_back(directory: Directory, view: TenantView, agent: User, number: str, promise: str, at: datetime) -> Route:
    """From the agent to the caller who was promised a call: a user's extension or a number outside."""
    route = route_phone(directory, view, agent, number, at)
    if route.document is None or route.reject is not None:
        return route
    found = route.document["nodes"].get("call", {}).get("target")
    target = Target.model_validate(found) if found is not None else None
    if target is None or route.emergency or target.kind not in ("user", "number"):
        step = Step("callback.no_target", f"{number} is nobody who can be called back")
        return replace(route, document=None, reject=UNAVAILABLE, steps=(*route.steps, step))
    node = {"kind": "call_back", "promise": promise, "target": target.model_dump()}
    step = Step("callback", f"{agent.name} calls {number} back, as promised", {"promise": promise})
    return replace(route, document={"start": "call", "nodes": {"call": node}}, steps=(step, *route.steps))
