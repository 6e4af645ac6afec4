"""A call from a phone of a tenant: to an extension, its own mailbox, an emergency service, or the outside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from configdb.model import Group, Target, User
from configdb.snapshot import TenantView
from ivr.steps import Step
from softswitch.routing import caller_id, implicit
from softswitch.routing.emergency import is_emergency
from softswitch.routing.inbound import of_target
from softswitch.routing.numbers import NotANumber, to_e164
from softswitch.routing.route import Direction, Reject, Route

NOT_FOUND = Reject(404, "Not Found")
FORBIDDEN = Reject(403, "Forbidden")
UNAVAILABLE = Reject(480, "Temporarily Unavailable")
EMERGENCY_RING_S = 120.0


def route_phone(
    view: TenantView, user: User, dialled: str, wanted: Iterable[str] = (), withheld: bool = False
) -> Route:
    """The route of an INVITE from a phone of `user`. Emergency calls come before every other rule.

    wanted: numbers the phone asks to be shown as. withheld: it asks to be hidden; who answers an emergency sees all.
    """
    number = dialled.strip().removeprefix("tel:")
    if is_emergency(number, view.tenant.country):
        return _emergency(view, user, number)
    if view.tenant.status != "active":
        step = Step("internal.suspended", f"{view.tenant.name} is {view.tenant.status}")
        return _refused(view, user, number, UNAVAILABLE, step)
    target = view.by_extension.get(number)
    if target is not None:
        route = _extension(view, user, number, target)
    else:
        route = _number(view, user, number, wanted)
    return replace(route, withheld=withheld)


def _extension(view: TenantView, user: User, dialled: str, target: User | Group) -> Route:
    kind = "user" if isinstance(target, User) else "group"
    step = Step("internal.extension", f"{user.name} dialled {dialled}: {kind} {target.name}", {"extension": dialled})
    document = implicit.dial(Target(kind="user" if isinstance(target, User) else "group", id=target.id))
    return Route(view, "internal", user.extension, dialled, target.name, document, steps=(step,), user=user.id)


def _own_number(view: TenantView, user: User, number: str) -> Route:
    document, why = of_target(view, view.numbers[number].target)
    step = Step(
        "internal.own_number", f"{user.name} dialled {number}, a number of this tenant: {why}", {"number": number}
    )
    if document is None:
        return _refused(view, user, number, UNAVAILABLE, step)
    label = view.numbers[number].label or number
    return Route(view, "internal", user.extension, number, label, document, steps=(step,), user=user.id)


def _number(view: TenantView, user: User, dialled: str, wanted: Iterable[str]) -> Route:
    try:
        number = to_e164(dialled, view.tenant.country)
    except NotANumber as error:
        return _refused(view, user, dialled, NOT_FOUND, Step("internal.unknown", f"{error}, and no extension"))
    return _own_number(view, user, number) if number in view.numbers else _outside(view, user, number, wanted)


def _outside(view: TenantView, user: User, number: str, wanted: Iterable[str]) -> Route:
    if view.tenant.trunk is None:
        return _refused(view, user, number, FORBIDDEN, Step("outbound.no_trunk", f"{view.tenant.name} has no trunk"))
    shown, why = caller_id.choose(view, user, wanted)
    step = Step(
        "outbound.trunk", f"{user.name} calls {number} through trunk {view.tenant.trunk}", {"trunk": view.tenant.trunk}
    )
    document = implicit.dial(Target(kind="number", id=number))
    return Route(view, "outbound", shown, number, number, document, steps=(step, why), user=user.id)


def _emergency(view: TenantView, user: User, dialled: str) -> Route:
    step = Step("emergency", f"Emergency call {dialled} by {user.name}: nothing may stop it", {"number": dialled})
    if view.tenant.trunk is None:
        return _refused(view, user, dialled, UNAVAILABLE, step, Step("outbound.no_trunk", "there is no trunk"))
    shown, why = caller_id.choose(view, user)
    document = implicit.dial(Target(kind="number", id=dialled), EMERGENCY_RING_S)
    label = f"emergency {dialled}"
    steps = (step, why)
    return Route(view, "outbound", shown, dialled, label, document, steps=steps, user=user.id, emergency=True)


def _refused(view: TenantView, user: User, dialled: str, reject: Reject, *steps: Step) -> Route:
    direction: Direction = "outbound" if reject is FORBIDDEN else "internal"
    return Route(view, direction, user.extension, dialled, dialled, reject=reject, steps=steps, user=user.id)
