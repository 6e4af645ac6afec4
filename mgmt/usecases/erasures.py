"""Erasing a company that left, and what retention would delete now."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from typing import Any

from configdb.log import Change
from history.shelves import NODE, SIGNUPS, Drop
from mgmt.access.scope import Scope, scope_for
from mgmt.context import Context
from mgmt.http.errors import FieldError, Problem, not_found
from mgmt.limits import retention_shown_max
from mgmt.market.inventory import Inventory, NoSuchNumber
from mgmt.market.stock import NotNow, Step
from mgmt.usecases.bundle import exported
from vault import erasure
from vault.retention import Sweeper

Document = dict[str, Any]


def ask(context: Context, scope: Scope, tenant: str, confirm: str | None) -> Document:
    """Without `confirm` what there is; with the tenant's id in it: remove its configuration, sign everybody out, begin.

    Raises Problem 404, 409 (active, or recordings under legal hold), 422; what the log refuses.
    """
    known = context.eraser.known(tenant)
    view = context.config.directory.tenants.get(tenant)
    if view is None and (known is None or known["state"] == erasure.CERTIFIED):
        raise not_found("tenant")
    if confirm is None:
        return {"tenant": tenant, "dry_run": True, "found": context.eraser.inventory(tenant)}
    if confirm != tenant:
        raise Problem(422, "invalid_field", "confirm must be the tenant's id.", (FieldError("/confirm", "differs"),))
    if view is not None and view.tenant.status != "closed":
        raise Problem(409, "tenant_active", "Close the company's account first; its calls must have ended.")
    if view is not None and view.tenant.legal_hold:
        raise Problem(409, "legal_hold", f"The company is under legal hold: {view.tenant.legal_hold}.")
    held = erasure.held(context.vault.register, tenant)
    if held:
        raise Problem(409, "legal_hold", f"{len(held)} recordings are under legal hold, {held[0]} is one.")
    configuration: Document = {}
    if view is not None:
        bundle = exported(context, scope_for(scope.identity, context.config.directory, tenant), None)
        form = json.dumps(bundle["objects"], sort_keys=True).encode()
        objects = {kind: len(values) for kind, values in bundle["objects"].items()}
        configuration = {"objects": objects, "sha256": hashlib.sha256(form).hexdigest()}
    context.eraser.ask(tenant, scope.identity.actor, configuration)
    if view is not None:
        changes = [Change(kind, id, None) for kind, values in view.objects.items() for id in values]
        context.config.transact(tenant, changes, scope.identity.actor, "erased")
    context.sessions.end_all_of(tenant)
    _give_back(context, tenant, scope.identity.actor)
    found = context.eraser.closed(tenant)
    return found or {}


def _give_back(context: Context, tenant: str, who: str) -> None:
    """Its numbers go into quarantine, and who signed it up is forgotten; both may have been done before."""
    inventory = Inventory(context.history.shelves, context.clock)
    for number in inventory.held(tenant):
        with suppress(NoSuchNumber, NotNow):
            inventory.step(
                number.number, Step.RELEASE if number.state == "assigned" else Step.CANCEL, who, holder=tenant
            )
    for number in inventory.given_up(tenant):
        with suppress(NoSuchNumber, NotNow):
            inventory.step(number.number, Step.FORGET, who, holder=tenant)
    known = list(context.history.shelves.everywhere(SIGNUPS, ()))
    gone = [Drop(SIGNUPS, NODE, row.id) for row in known if row.body.get("tenant") == tenant]
    if gone:
        context.history.shelves.write(gone)


def state(context: Context, tenant: str) -> Document:
    """How far it is, with the certificate at the end. Raises Problem 404."""
    found = context.eraser.known(tenant)
    if found is None:
        raise not_found("erasure")
    return found


def retention(context: Context, scope: Scope) -> Document:
    """The tenant's policy, and how much of each kind would be deleted now. Raises Problem 403."""
    scope.require_insight()
    policy = scope.view.tenant.retention_days
    shelves, register = context.history.shelves, context.vault.register
    sweeper = Sweeper(shelves, register, scope.tenant, context.clock(), True, retention_shown_max)
    return {"days": dict(policy), "due": sweeper.sweep(policy), "counted_up_to": retention_shown_max}
