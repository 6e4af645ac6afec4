"""Calls that try something: a flow as it is being drawn, by who draws it and is rung for it; a number, by the node itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from configdb.model import User
from configdb.snapshot import Directory, TenantView
from ivr.steps import Step
from softswitch.routing.inbound import route_inbound
from softswitch.routing.route import Route

HEARD: Mapping[str, Any] = {
    "start": "say",
    "nodes": {"say": {"kind": "play", "prompts": ["sound:hold-music"], "next": "bye"}, "bye": {"kind": "hangup"}},
}
"""What a call hears by which the node tries a number: enough to know that sound comes."""


def route_trial(view: TenantView, user: User, flow: str, document: Mapping[str, Any]) -> Route:
    """The route of such a call. A flow that it calls by name, itself too, is the published one."""
    known = view.flows.get(flow)
    name = known.name if known is not None else flow
    step = Step("flow.trial", f"{user.name} tries the flow {name} as it is being drawn", {"flow": flow})
    return Route(view, "internal", user.extension, flow, name, document, steps=(step,), user=user.id)


def route_number(directory: Directory, number: str) -> Route:
    """The route of a call by which the node tries a number: found as a carrier's call finds it; then a sound answers.

    Nobody is rung, and it is a call within the house: it costs nothing, and nobody missed it. What is refused is nobody's call.
    """
    found = route_inbound(directory, number, number, "")
    if found.document is None:
        return replace(found, view=None)
    step = Step("number.trial", f"The node calls {number} to try it", {"number": number})
    return replace(found, direction="internal", document=HEARD, steps=(step, *found.steps[1:]))
