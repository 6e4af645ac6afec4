"""A tenant's configuration as one JSON document: out without secrets, in as one entry of the log."""

from __future__ import annotations

from typing import Any

from configdb.keys import Key
from configdb.model import KINDS, PRIVATE_KINDS, SYSTEM_KINDS, Value
from configdb.snapshot import TenantView, make_view
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import FieldError, Problem
from mgmt.limits import export_objects_max
from mgmt.usecases import replicas
from mgmt.usecases.config import Prepared, check_flow, prepare
from mgmt.usecases.redact import Document, redacted

bundle_format = "softswitch-tenant-1"
_kinds = tuple(kind for kind in KINDS if kind not in SYSTEM_KINDS | PRIVATE_KINDS)


def exported(context: Context, scope: Scope, at: int | None) -> Document:
    """`{format, tenant, sequence, objects: {kind: {id: document}}}`, now or at a sequence of the log."""
    view = scope.view if at is None else context.config.at(scope.tenant, at)
    objects = {
        kind: {id: redacted(kind, value.model_dump(mode="json")) for id, value in sorted(values.items())}
        for kind in _kinds
        if (values := view.objects.get(kind))
    }
    return {"format": bundle_format, "tenant": scope.tenant, "sequence": view.sequence, "objects": objects}


def imported(context: Context, scope: Scope, bundle: Document, dry: bool, reason: str) -> dict[str, Any]:
    """Add and change what the bundle holds; what it does not hold stays. All or nothing, secrets that exist are kept.

    Answers `{added, changed, unchanged, applied, passwords: {device: password}}`. Raises as `config.put`.
    """
    listed = _listed(bundle, scope)
    prepared = [p for kind, id, document in listed if (p := _prepared(context, scope, kind, id, document))]
    view = _view_after(scope.view, prepared)
    for p in prepared:
        check_flow(view, p.change)
    reached = None
    if prepared and not dry:
        expect: dict[Key, int] = {key: version for p in prepared for key, version in p.expect.items()}
        changes = [p.change for p in prepared]
        receipt = context.config.transact(
            scope.tenant, changes, scope.identity.actor, reason or "configuration imported", expect
        )
        reached = replicas.applied(context, receipt)
    added = sum(1 for p in prepared if 0 in p.expect.values())
    return {
        "added": added,
        "changed": len(prepared) - added,
        "unchanged": len(listed) - len(prepared),
        "applied": reached,
        "passwords": {} if dry else {p.change.id: p.password for p in prepared if p.password},
    }


def _view_after(view: TenantView, prepared: list[Prepared]) -> TenantView:
    """The tenant as it will be: a flow of the bundle may name users of the bundle."""
    objects: dict[str, dict[str, Value]] = {kind: dict(values) for kind, values in view.objects.items()}
    for p in prepared:
        objects.setdefault(p.change.kind, {})[p.change.id] = KINDS[p.change.kind].model_validate(p.change.document)
    return make_view(view.sequence, view.tenant, objects)


def _prepared(context: Context, scope: Scope, kind: str, id: str, document: Document) -> Prepared | None:
    before = context.config.get(scope.tenant, kind, id)
    try:
        prepared = prepare(context, scope, kind, id, dict(document), before)
    except Problem as problem:
        here = tuple(FieldError(f"/objects/{kind}/{id}{e.pointer}", e.detail, e.code) for e in problem.errors)
        raise Problem(problem.status, problem.code, f"{kind} {id}: {problem.detail}", here) from problem
    same = before is not None and before.value.model_dump(mode="json") == prepared.change.document
    return None if same else prepared


def _listed(bundle: Document, scope: Scope) -> list[tuple[str, str, Document]]:
    """The documents of a bundle that is well formed. Raises Problem 422."""
    objects = bundle.get("objects")
    if bundle.get("format") != bundle_format or not isinstance(objects, dict):
        raise _malformed("/format", f"is not {bundle_format} with objects")
    if bundle.get("tenant") != scope.tenant:
        raise _malformed("/tenant", "is another tenant's export")
    found: list[tuple[str, str, Document]] = []
    for kind, documents in objects.items():
        if kind not in _kinds or not isinstance(documents, dict):
            raise _malformed(f"/objects/{kind}", "is not a kind with objects by id")
        for id, document in documents.items():
            if not isinstance(document, dict):
                raise _malformed(f"/objects/{kind}/{id}", "must be an object")
            found.append((kind, id, document))
    if len(found) > export_objects_max:
        raise _malformed("/objects", f"has more than {export_objects_max} objects")
    return found


def _malformed(pointer: str, detail: str) -> Problem:
    text = f"This is no export of this tenant: {pointer} {detail}."
    return Problem(422, "invalid_bundle", text, (FieldError(pointer, detail),))
