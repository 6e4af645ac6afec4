"""A call from a phone of a tenant: to an emergency service, a feature, an extension, or the outside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from configdb.features import read_code
from configdb.model import Device, Group, Queue, Target, User
from configdb.snapshot import Directory, TenantView
from ivr.steps import Step
from softswitch.routing import caller_id, emergency, implicit, outbound, standing
from softswitch.routing.features import route_feature
from softswitch.routing.inbound import flow_of, of_target
from softswitch.routing.location import location_of
from softswitch.routing.numbers import NotANumber, to_e164
from softswitch.routing.route import Direction, Reject, Route

NOT_FOUND = Reject(404, "Not Found")
FORBIDDEN = Reject(403, "Forbidden")
NO_WAY = Reject(503, "Service Unavailable")
UNAVAILABLE = Reject(480, "Temporarily Unavailable")
EMERGENCY_RING_S = 120.0


def route_phone(
    directory: Directory,
    view: TenantView,
    user: User,
    dialled: str,
    at: datetime,
    wanted: Iterable[str] = (),
    withheld: bool = False,
    device: Device | None = None,
) -> Route:
    """The route of an INVITE from a phone of `user`. Emergency calls come before every other rule.

    wanted: numbers the phone asks to be shown as. withheld: it asks to be hidden; who answers an emergency sees all.
    """
    number = dialled.strip().removeprefix("tel:")
    if directory.emergencies.is_one(number, view.tenant.country):
        return emergency_route(directory, view, user, number, device)
    code = read_code(view.tenant.codes, number)
    target = view.by_extension.get(number)
    abroad = directory.emergencies.meant_by(number, view.tenant.country) if code is None and target is None else None
    if abroad is not None:
        return emergency_route(directory, view, user, abroad, device)
    if view.tenant.status == "closed":
        return _refused(view, user, number, UNAVAILABLE, standing.why(view))
    if code is not None and code.feature.id == "withhold":
        return route_phone(directory, view, user, code.argument, at, wanted, True, device)
    if code is not None:
        return route_feature(view, user, number, code, device)
    if target is not None:
        route = _extension(view, user, number, target)
    else:
        route = _number(directory, view, user, number, at, wanted)
    return replace(route, withheld=withheld or user.withhold)


def _extension(view: TenantView, user: User, dialled: str, found: User | Group | Queue) -> Route:
    target = implicit.named(found)
    step = Step(
        "internal.extension", f"{user.name} dialled {dialled}: {target.kind} {found.name}", {"extension": dialled}
    )
    document = implicit.dial(target)
    return Route(view, "internal", user.extension, dialled, found.name, document, steps=(step,), user=user.id)


def _own_number(view: TenantView, user: User, number: str) -> Route:
    target = view.numbers[number].target
    document, why = of_target(view, target)
    text = f"{user.name} dialled {number}, a number of this tenant: {why}"
    step = Step("internal.own_number", text, {"number": number, **flow_of(target)})
    if document is None:
        return _refused(view, user, number, UNAVAILABLE, step)
    label = view.numbers[number].label or number
    return Route(view, "internal", user.extension, number, label, document, steps=(step,), user=user.id)


def _number(
    directory: Directory, view: TenantView, user: User, dialled: str, at: datetime, wanted: Iterable[str]
) -> Route:
    try:
        number = to_e164(dialled, view.tenant.country)
    except NotANumber as error:
        return _refused(view, user, dialled, NOT_FOUND, Step("internal.unknown", f"{error}, and no extension"))
    if number in view.numbers:
        return _own_number(view, user, number)
    if not view.tenant.in_service:
        told = standing.no_balance()
        return Route(view, "outbound", user.extension, number, number, told, steps=(standing.why(view),), user=user.id)
    shown, why = caller_id.choose(view, user, wanted)
    step = Step("outbound.number", f"{user.name} calls {number}", {"number": number})
    chosen = outbound.choose(directory, view, number, shown, at)
    steps = (step, why, *chosen.steps)
    if not chosen.candidates:
        return _refused(view, user, number, FORBIDDEN if chosen.status == 403 else NO_WAY, *steps)
    document = implicit.dial(Target(kind="number", id=number))
    return Route(
        view, "outbound", shown, number, number, document, steps=steps, user=user.id, candidates=chosen.candidates
    )


def emergency_route(
    directory: Directory, view: TenantView, user: User, dialled: str, device: Device | None = None
) -> Route:
    """The route of an emergency call."""
    step = Step("emergency", f"Emergency call {dialled} by {user.name}: nothing may stop it", {"number": dialled})
    shown, why = caller_id.call_back(view, user)
    found = emergency.candidates(directory, view, shown)
    if not found:
        return _refused(
            view, user, dialled, UNAVAILABLE, step, Step("outbound.no_trunk", "this node has no trunk at all")
        )
    where = location_of(view, user, device)
    place = f"Caller is at {where.text} ({where.of})" if where else f"No address is known for {user.name}"
    return Route(
        view,
        "outbound",
        shown,
        dialled,
        f"emergency {dialled}",
        implicit.dial(Target(kind="number", id=dialled), EMERGENCY_RING_S),
        steps=(step, why, Step("emergency.location", place), *(one.why for one in found)),
        user=user.id,
        emergency=True,
        candidates=found,
        location=where,
    )


def _refused(view: TenantView, user: User, dialled: str, reject: Reject, *steps: Step) -> Route:
    direction: Direction = "outbound" if reject in (FORBIDDEN, NO_WAY) else "internal"
    return Route(view, direction, user.extension, dialled, dialled, reject=reject, steps=steps, user=user.id)
