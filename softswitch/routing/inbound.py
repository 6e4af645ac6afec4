"""A call from a carrier: whose number was dialled, and what that tenant wants done with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from configdb.carrier import NumberFormat
from configdb.model import Number, Target
from configdb.snapshot import Directory, TenantView
from ivr.arrangement import unwanted
from ivr.steps import Step
from ivr.talk import Caller
from softswitch.routing import formats, implicit, standing
from softswitch.routing.numbers import ANONYMOUS, NotANumber, caller_of
from softswitch.routing.route import Reject, Route

NOT_FOUND = Reject(404, "Not Found")
UNAVAILABLE = Reject(480, "Temporarily Unavailable")
DECLINED = Reject(603, "Decline")
NOT_ANONYMOUS = Reject(433, "Anonymity Disallowed")
"""RFC 5079."""


def route_inbound(
    directory: Directory,
    dialled: str,
    caller: str,
    trunk: str,
    country: str | None = None,
    written: NumberFormat = formats.AS_DIALLED,
) -> Route:
    """The route of an INVITE that came through `trunk`, which writes numbers of its `country` that way, for `dialled`."""
    came = Step("inbound.trunk", f"Call for {dialled} from {caller} through trunk {trunk}", {"trunk": trunk})
    try:
        number = formats.read(dialled, written, country or "US")
    except NotANumber as error:
        return _refused(None, caller, dialled, NOT_FOUND, came, Step("inbound.malformed", str(error)))
    view = directory.view_of_number(number)
    if view is None:
        why = Step("inbound.unknown", f"{number} belongs to no tenant of this node", {"number": number})
        return _refused(None, caller, number, NOT_FOUND, came, why)
    caller = caller_as_written(caller, written, country or view.tenant.country)
    if view.tenant.status == "closed":
        return _refused(view, caller, number, UNAVAILABLE, came, standing.why(view))
    refused = unwanted(view.tenant, Caller(caller), view.tenant.name)
    if refused is not None:
        reject = NOT_ANONYMOUS if caller == ANONYMOUS else DECLINED
        return _refused(view, caller, number, reject, came, *refused.steps)
    return _to_target(view, view.numbers[number], caller, came)


def caller_as_written(text: str, written: NumberFormat, country: str) -> str:
    """The number of somebody outside whom a trunk names, as E.164 if it is one."""
    try:
        return formats.read(text, written, country)
    except NotANumber:
        return caller_of(text, country)


def _to_target(view: TenantView, number: Number, caller: str, came: Step) -> Route:
    document: Mapping[str, Any] | None
    if not view.tenant.in_service:
        document, steps = standing.away(view, number.target), (came, standing.why(view))
        return Route(view, "inbound", caller, number.id, number.label or number.id, document, steps=steps)
    document, why = of_target(view, number.target)
    text = f"{number.id} ({number.label or 'no label'}) of {view.tenant.name}: {why}"
    step = Step("inbound.number", text, {"number": number.id, "version": view.sequence, **flow_of(number.target)})
    if document is None:
        return _refused(view, caller, number.id, UNAVAILABLE, came, step)
    document = document if number.fax is None else implicit.with_fax(document, number.fax)
    return Route(view, "inbound", caller, number.id, number.label or number.id, document, steps=(came, step))


def of_target(view: TenantView, target: Target) -> tuple[Mapping[str, Any] | None, str]:
    """The flow document for a target and what it is, in words; None when the target is gone."""
    if target.kind == "flow":
        flow = view.flows.get(target.id)
        return (flow.document, f"flow {flow.name}") if flow is not None else (None, f"flow {target.id} is gone")
    if target.kind == "mailbox":
        return implicit.mailbox(target.id), f"mailbox {target.id}"
    return implicit.dial(target), f"{target.kind} {target.id}"


def flow_of(target: Target) -> dict[str, str]:
    """What the step that leads to a target says of the flow that is drawn for it (`ivr.whereabouts`)."""
    return {"flow": target.id} if target.kind == "flow" else {}


def _refused(view: TenantView | None, caller: str, dialled: str, reject: Reject, *steps: Step) -> Route:
    return Route(view, "inbound", caller, dialled, dialled, reject=reject, steps=steps)
