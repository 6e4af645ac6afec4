"""Where a call goes that is transferred: a call of the one who transfers it, with all that they may and may not dial.

Without a user (a carrier's REFER, an order for a caller whom nobody has) only places within the tenant can be reached.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from configdb.model import Target, User
from configdb.snapshot import Directory, TenantView
from ivr.steps import Step
from softswitch.routing import implicit
from softswitch.routing.inbound import flow_of, of_target
from softswitch.routing.internal import FORBIDDEN, NOT_FOUND, route_phone
from softswitch.routing.numbers import NotANumber, to_e164
from softswitch.routing.route import Reject, Route

KINDS = ("user", "group", "queue", "flow", "mailbox")


def route_transfer(directory: Directory, view: TenantView, by: User | None, target: str, at: datetime) -> Route:
    """The route to a target: a number as it is dialled, or one of the KINDS with its id: "flow:main", or "park:05"."""
    kind, colon, id = target.partition(":")
    if colon and kind in KINDS:
        return _to_object(view, by, kind, id, target)
    if colon and kind == "park":
        return _into_lot(view, by, target, id)
    if by is None:
        return _inside(view, target)
    route = route_phone(directory, view, by, target, at)
    if route.fetch is not None:
        return _into_slot(view, by, target, route)
    return route


def _into_lot(view: TenantView, by: User | None, dialled: str, slot: str) -> Route:
    """ "park:05", or "park:" for the next free slot."""
    park = {"kind": "park", "slot": slot or None, "by": _id(by)}
    step = Step("transfer.target", f"To be parked {f'in slot {slot}' if slot else 'in a free slot'}", {"slot": slot})
    document = {"start": "park", "nodes": {"park": park}}
    return Route(view, "internal", _caller(by), dialled, "park", document, steps=(step,), user=_id(by))


def _into_slot(view: TenantView, by: User, dialled: str, route: Route) -> Route:
    """Who transfers a call to a slot wants it parked there; nobody can be transferred to a call that rings elsewhere."""
    slot = route.fetch.slot if route.fetch is not None else None
    if slot is None:
        return _refused(view, by, dialled, NOT_FOUND, "that takes a call, it is no place for one")
    document = {"start": "park", "nodes": {"park": {"kind": "park", "slot": slot, "by": by.id}}}
    return replace(route, document=document, fetch=None)


def _to_object(view: TenantView, by: User | None, kind: str, id: str, dialled: str) -> Route:
    tables = {"user": view.users, "group": view.groups, "queue": view.queues}
    found = (tables | {"flow": view.flows, "mailbox": view.mailboxes})[kind].get(id)
    if found is None:
        return _refused(view, by, dialled, NOT_FOUND, f"there is no {kind} {id}")
    target = Target(kind=kind, id=id)  # type: ignore[arg-type]  # one of KINDS
    document, why = of_target(view, target)
    step = Step("transfer.target", f"To {why}", {"kind": target.kind, "id": target.id})
    label = getattr(found, "name", target.id)
    return Route(view, "internal", _caller(by), dialled, label, document, steps=(step,), user=_id(by))


def _inside(view: TenantView, dialled: str) -> Route:
    found = view.by_extension.get(dialled)
    if found is not None:
        return _to_object(view, None, implicit.named(found).kind, found.id, dialled)
    try:
        number = to_e164(dialled, view.tenant.country)
    except NotANumber as error:
        return _refused(view, None, dialled, NOT_FOUND, f"{error}, and no extension")
    if number not in view.numbers:
        return _refused(view, None, number, FORBIDDEN, f"{number} is outside, and no user of the tenant calls it")
    target = view.numbers[number].target
    document, why = of_target(view, target)
    step = Step("transfer.target", f"To {number}, a number of this tenant: {why}", {"number": number} | flow_of(target))
    if document is None:
        return _refused(view, None, number, NOT_FOUND, why)
    return Route(view, "internal", number, number, view.numbers[number].label or number, document, steps=(step,))


def _refused(view: TenantView, by: User | None, dialled: str, reject: Reject, why: str) -> Route:
    step = Step("transfer.no_target", f"Cannot be transferred to {dialled}: {why}")
    return Route(view, "internal", _caller(by), dialled, dialled, reject=reject, steps=(step,), user=_id(by))


def _caller(by: User | None) -> str:
    return by.extension if by is not None else ""


def _id(by: User | None) -> str | None:
    return by.id if by is not None else None
