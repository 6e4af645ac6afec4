"""Changes that were planned for a moment: made then, on what the objects are by then, once over all nodes.

The plan and its changes go in one transaction, under a message id made of the plan's version: of several nodes that try at
once, one makes it. A plan that cannot be made says why and stays; while its tenant is frozen it waits.
"""

from __future__ import annotations

from typing import Any

from structlog.stdlib import BoundLogger

from configdb.errors import Refused, Unknown
from configdb.log import Change
from configdb.office import Planned, PlannedChange
from configdb.replica import Versioned
from configdb.snapshot import TenantView
from configdb.timemachine import patched
from mgmt.access.scope import Scope
from mgmt.access.ways_in import leaving
from mgmt.context import Context
from mgmt.http.errors import Problem
from mgmt.usecases.consent import require_consent_to
from mgmt.usecases.redact import Document
from mgmt.usecases.rules import check_change

problem_chars_max = 1000


def run_due(context: Context, log: BoundLogger) -> int:
    """Make every change that is due; how many were made."""
    made = 0
    for tenant, view in context.config.directory.tenants.items():
        for id in due(view, context.clock()):
            made += _make(context, tenant, id, log)
    return made


def due(view: TenantView, now: float) -> list[str]:
    """The plans of a tenant whose moment has come, in their order; none while it is frozen."""
    plans = [one for one in view.objects.get("planned", {}).values() if isinstance(one, Planned)]
    ready = [one for one in plans if one.at.timestamp() <= now and not one.problem and not view.tenant.frozen]
    return [one.id for one in sorted(ready, key=lambda one: (one.at, one.id))]


def _make(context: Context, tenant: str, id: str, log: BoundLogger) -> bool:
    found = context.config.get(tenant, "planned", id)
    if found is None or not isinstance(found.value, Planned):
        return False
    plan, once = found.value, f"planned-{id}-{found.version}"
    changes = [*changes_of(context, tenant, plan), Change("planned", id, None)]
    try:
        reason = plan.reason or f"planned {id}"
        context.config.transact(tenant, changes, plan.actor, reason, {found.key: found.version}, message_id=once)
    except Unknown:
        return False  # the next look tries again under the same message id
    except Refused as refused:
        return False if refused.status in (412, 503) else _failed(context, found, refused.message, log)
    log.info("planned change made", tenant=tenant, plan=id)
    return True


def _failed(context: Context, found: Versioned, why: str, log: BoundLogger) -> bool:
    log.warning("planned change refused", tenant=found.key.tenant, plan=found.key.id, why=why)
    document = found.value.model_dump(mode="json") | {"problem": why[:problem_chars_max]}
    changes, expect = [Change("planned", found.key.id, document)], {found.key: found.version}
    try:
        context.config.transact(found.key.tenant, changes, "planner", f"planned {found.key.id} was refused", expect)
    except (Refused, Unknown) as error:
        log.warning("the refusal was not written down", why=str(error))
    return False


def changes_of(context: Context, tenant: str, plan: Planned) -> list[Change]:
    """What a plan would change now."""
    made = [
        Change(one.kind, one.id, None if one.patch is None else _after(context, tenant, one, one.patch))
        for one in plan.changes
    ]
    gone = [one.id for one in made if one.kind == "user" and one.document is None]
    return made + [more for user in gone for more in leaving(context.config.directory.tenants[tenant], user)]


def _after(context: Context, tenant: str, change: PlannedChange, patch: dict[str, Any]) -> Document:
    found = context.config.get(tenant, change.kind, change.id)
    keeps = found is not None and not change.whole
    return patched(found.value.model_dump(mode="json") if keeps and found is not None else {"id": change.id}, patch)


def checked(context: Context, scope: Scope, given: Document) -> Document:
    """A plan as somebody may write it: in their name, and only what they might change at once. Raises Problem 403, 422."""
    document = {**given, "actor": scope.identity.actor, "problem": ""}
    for index, change in enumerate(given.get("changes") or ()):
        if not isinstance(change, dict) or not isinstance(change.get("patch", {}), dict | None):
            continue  # its form is checked with that of the whole
        kind, id, patch = str(change.get("kind")), str(change.get("id")), change.get("patch")
        found = context.config.get(scope.tenant, kind, id)
        before = found.value.model_dump(mode="json") if found is not None else None
        read = PlannedChange.model_construct(kind=kind, id=id, patch=patch, whole=change.get("whole") is True)
        after = None if patch is None else _after(context, scope.tenant, read, patch)
        try:
            check_change(scope, kind, id, before, after)
            require_consent_to(context.clock(), scope, kind, before or {}, after)
        except Problem as problem:
            text = f"Change {index + 1} of the plan: {problem.detail}"
            raise Problem(problem.status, problem.code, text, problem.errors) from problem
    return document
