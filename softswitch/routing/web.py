"""Calls that begin on a web site: a visitor who calls from the page, and one who is called back at once, agent first."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from configdb.model import Target, User
from configdb.snapshot import Directory, TenantView
from configdb.widgets import Widget
from ivr.steps import Step
from softswitch.routing import standing
from softswitch.routing.inbound import UNAVAILABLE, flow_of, of_target
from softswitch.routing.internal import route_phone
from softswitch.routing.numbers import ANONYMOUS
from softswitch.routing.route import Reject, Route

FORBIDDEN = Reject(403, "Forbidden")


def route_visitor(view: TenantView, widget: Widget) -> Route:
    """The route of a call from the page: as one to a number of the tenant, from somebody without a number."""
    came = Step("web.visitor", f"A visitor calls from the web site, widget {widget.name}", {"widget": widget.id})
    if view.tenant.status == "closed" or widget.target is None or "browser" not in widget.ways:
        why = Step("web.closed", f"{widget.name} of {view.tenant.name} takes no calls from the page")
        return Route(view, "inbound", ANONYMOUS, widget.id, widget.name, reject=UNAVAILABLE, steps=(came, why))
    if not view.tenant.in_service:
        away, steps = standing.away(view, widget.target), (came, standing.why(view))
        return Route(view, "inbound", ANONYMOUS, widget.id, widget.name, away, steps=steps)
    document, what = of_target(view, widget.target)
    text = f"{widget.name} of {view.tenant.name}: {what}"
    step = Step("web.target", text, {"version": view.sequence, **flow_of(widget.target)})
    reject = UNAVAILABLE if document is None else None
    return Route(view, "inbound", ANONYMOUS, widget.id, widget.name, document, reject, (came, step))


def route_click(
    directory: Directory, view: TenantView, widget: Widget, agent: User, number: str, at: datetime
) -> Route:
    """From the agent who answers to a visitor: a number outside that the agent might dial, and no emergency service."""
    step = Step("web.call_me", f"{number} wants to be called, widget {widget.name}", {"widget": widget.id})
    route = route_phone(directory, view, agent, number, at)
    if route.document is None or route.reject is not None:
        return replace(route, steps=(step, *route.steps))
    target = route.document["nodes"]["call"].get("target") if "call" in route.document["nodes"] else None
    outside = target is not None and Target.model_validate(target).kind == "number"
    if "call_me" not in widget.ways or route.emergency or not outside:
        why = Step("web.no_number", f"{number} is no number outside that a visitor may be called at")
        return replace(route, document=None, reject=FORBIDDEN, steps=(step, *route.steps, why))
    return replace(route, steps=(step, *route.steps))
