"""A flow as it is being drawn, tried by a real call: who draws it is rung, and is the flow's caller then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from configdb.model import User
from configdb.snapshot import TenantView
from ivr.steps import Step
from softswitch.routing.route import Route


def route_trial(view: TenantView, user: User, flow: str, document: Mapping[str, Any]) -> Route:
    """The route of such a call. A flow that it calls by name, itself too, is the published one."""
    known = view.flows.get(flow)
    name = known.name if known is not None else flow
    step = Step("flow.trial", f"{user.name} tries the flow {name} as it is being drawn", {"flow": flow})
    return Route(view, "internal", user.extension, flow, name, document, steps=(step,), user=user.id)
