"""Calls that try something: a flow as it is being drawn, by who draws it and is rung for it; a number, by the node itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from configdb.carrier import NumberFormat
from configdb.model import Trunk, User
from configdb.snapshot import Directory, TenantView
from ivr.steps import Step
from softswitch.routing import formats
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


def route_number(directory: Directory, number: str, trunk: Trunk | None = None) -> Route:
    """The route of a call by which the node tries a number: found as a carrier's call finds it; then a sound answers.

    trunk: the one by which it would come, which writes the number in its way and is read so. Nobody is rung, and it is a call
    within the house: it costs nothing, and nobody missed it. What is refused is nobody's call.
    """
    dialled = number
    way: tuple[str, str | None, NumberFormat] = ("", None, formats.AS_DIALLED)
    if trunk is not None:
        dialled = formats.written(number, trunk.numbers_in, trunk.country or "US")
        way = (trunk.id, trunk.country, trunk.numbers_in)
    found = route_inbound(directory, dialled, number, *way)
    if found.document is None:
        return replace(found, view=None)
    came = f", as a call of trunk {trunk.name} for {dialled}" if trunk is not None else ""
    step = Step("number.trial", f"The node calls {number} to try it{came}", {"number": number})
    return replace(found, direction="internal", document=HEARD, steps=(step, *found.steps[1:]))
