"""The companies that somebody looks after: an operator all, a reseller those below; new ones with their first owner."""

from __future__ import annotations

import re
from typing import Any

from configdb.estate import Plan
from configdb.log import Change
from configdb.model import Tenant
from configdb.schema import to_document
from configdb.snapshot import TenantView
from mgmt.access.auth import Identity
from mgmt.access.scope import parents
from mgmt.context import Context
from mgmt.http.errors import FieldError, Problem, not_found
from mgmt.pages import Language
from mgmt.usecases import billing, people
from mgmt.usecases.config import validated
from mgmt.usecases.consent import consents

Document = dict[str, Any]


def listed(context: Context, who: Identity) -> list[Document]:
    """Those below, by name; an operator's are all."""
    found = [view for view in context.config.directory.tenants.values() if _is_below(context, who, view)]
    return sorted((shown(context, view) for view in found), key=lambda row: str(row["name"]))


def shown(context: Context, view: TenantView) -> Document:
    """One company at a glance, without anything of its calls."""
    return {
        "id": view.tenant.id,
        "name": view.tenant.name,
        "parent": view.tenant.parent,
        "status": view.tenant.status,
        "plan": view.tenant.plan,
        "people": len(view.users),
        "numbers": len(view.numbers),
        "phones": len(view.devices),
        "consents": consents(context.clock(), view),
    }


def _is_below(context: Context, who: Identity, view: TenantView) -> bool:
    return who.operator or who.tenant in parents(context.config.directory, view.tenant.id)


def add(context: Context, who: Identity, given: Document, base: str, language: Language) -> Document:
    """A new company and its first owner, who is invited: `{tenant, person, link, mailed}`. Problem 403, 409, 422."""
    directory = context.config.directory
    parent = given.get("parent") if who.operator else who.tenant
    above = directory.tenants.get(parent) if parent is not None else None
    if parent is not None and above is None:
        raise Problem(422, "dangling", "There is no such company above.", (FieldError("/parent", "is not there"),))
    id = given.get("id") or _new_id(given["name"], directory.tenants)
    if id in directory.tenants:
        raise Problem(409, "taken", f"There is a company {id} already.", (FieldError("/id", "is taken", "taken"),))
    if above is not None:
        _require_room(context, who, above)
    said: Document = {name: given[name] for name in ("name", "timezone", "language") if name in given}
    document = validated("tenant", {**_inherited(above), **said, "id": id})
    made = people.first_owner(context, Tenant.model_validate(document), who, given["owner"], base, language)
    return {"tenant": shown(context, context.config.directory.tenants[id]), **made}


def change(context: Context, who: Identity, id: str, given: Document) -> Document:
    """Another name, another status of its account: a closed one gives its numbers back. Raises Problem 404."""
    view = context.config.directory.tenants.get(id)
    if view is None or not _is_below(context, who, view):
        raise not_found("company")
    others = {name: value for name, value in given.items() if name != "status"}
    document = validated("tenant", {**to_document(view.tenant), **others})
    if others:
        what = ", ".join(f"{name} {value}" for name, value in others.items())
        context.config.transact(id, [Change("tenant", id, document)], who.actor, f"company: {what}")
    if "status" in given:
        billing.keeper(context).said(id, given["status"], who.actor)
    return shown(context, context.config.directory.tenants[id])


def _inherited(above: TenantView | None) -> Document:
    """What calls cost and where they go is decided above."""
    if above is None:
        return {}
    document = to_document(above.tenant)
    kept = ("timezone", "language", "country", "trunk", "outbound", "plan")
    return {**{name: document[name] for name in kept}, "parent": above.tenant.id}


def _require_room(context: Context, who: Identity, above: TenantView) -> None:
    """A reseller's plan says how many companies there may be below. Raises Problem 403."""
    plan = context.config.directory.system.get("plan", {}).get(above.tenant.plan or "")
    most = plan.tenants_max if isinstance(plan, Plan) else None
    directory = context.config.directory
    have = sum(1 for id in directory.tenants if above.tenant.id in parents(directory, id))
    if most is not None and have >= most and not who.operator:
        raise Problem(403, "plan_limit", f"Your plan has room for {most} companies.")


def _new_id(name: str, taken: Any) -> str:
    base = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40] or "company"
    ids = (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3)))
    return next(id for id in ids if id not in taken)
