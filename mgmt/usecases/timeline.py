"""The time machine of a tenant: who changed what, when and why; what differs between two moments; the way back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from configdb.history import differences
from configdb.keys import Key
from configdb.log import Change, Entry
from configdb.model import PRIVATE_KINDS
from configdb.replica import merged
from mgmt.access.scope import Scope
from mgmt.access.ways_in import without_ways_in
from mgmt.context import Context
from mgmt.http.errors import Problem, not_found
from mgmt.limits import log_page_max, log_pages_looked_max
from mgmt.usecases import config, replicas
from mgmt.usecases.consent import require_consent_to
from mgmt.usecases.redact import Document
from mgmt.usecases.rules import check_change


def log(
    context: Context, scope: Scope, since: int, before: int | None, only: tuple[str, str] | None = None
) -> dict[str, Any]:
    """A page of the tenant's entries behind `since` and older than `before`, newest first, without the documents.

    only: those that changed one object, by kind and id; a page has then those of as many pages as are looked at.
    Raises `Refused` 503 of a sick disk.
    """
    entries, more = list[Entry](), before
    for _ in range(log_pages_looked_max if only is not None else 1):
        page = context.config.recent(scope.tenant, more, log_page_max)
        entries += [entry for entry in page if entry.sequence > since and (only is None or _changed(entry, only))]
        more = page[-1].sequence if len(page) == log_page_max else None
        if more is None or entries:
            break
    rows = [
        {
            "sequence": entry.sequence,
            "at": entry.at,
            "actor": entry.actor,
            "reason": entry.reason,
            "changes": [
                {"kind": change.kind, "id": change.id, "removed": change.document is None} for change in entry.changes
            ],
        }
        for entry in entries
    ]
    return {"data": rows, "next_cursor": None if more is None else str(more), "pruned_to": context.config.base}


def _changed(entry: Entry, only: tuple[str, str]) -> bool:
    return any((change.kind, change.id) == only for change in entry.changes)


def diff(context: Context, scope: Scope, older: int, newer: int) -> dict[str, Any]:
    """What differs between two sequences, as readable lines. Secrets never appear."""
    found = context.config.diff(scope.tenant, older, newer)
    rows = [{"kind": one.key.kind, "id": one.key.id, "change": one.change, "lines": list(one.lines)} for one in found]
    return {"from": older, "to": newer, "data": rows}


def blamed(context: Context, scope: Scope, kind: str, id: str) -> dict[str, Any]:
    """Who gave each field of an object its present value, never the values themselves. Raises `Refused` 404."""
    tenant = config.home(scope, kind)
    return {"data": [asdict(one) for one in context.config.blame(tenant, kind, id)], "next_cursor": None}


def rolled_back(
    context: Context, scope: Scope, to: int, only: tuple[str, str] | None, dry: bool, reason: str
) -> dict[str, Any]:
    """Bring the tenant, or one object, back to a sequence in one transaction; `dry` only says what would change.

    Raises Problem 403, 404, 409, 422 as single changes would; `Refused`, `Unknown` of the log.
    """
    scope.require_manager()
    if not to:
        raise not_found("version of the configuration")
    now = context.config.state.tenant(scope.tenant)
    changes = without_ways_in(context.config.way_back(scope.tenant, to, only), scope.view)
    for change in (each for each in changes if each.kind not in PRIVATE_KINDS):
        _allowed(context, scope, change)
    after = merged(now.objects, context.config.versioned(scope.tenant, changes))
    rows = [
        {"kind": one.key.kind, "id": one.key.id, "change": one.change, "lines": list(one.lines)}
        for one in differences(now.objects, after)
    ]
    reached = None
    if changes and not dry:
        what = "everything" if only is None else f"{only[0]} {only[1]}"
        expect = {
            Key(scope.tenant, change.kind, change.id): found.version if found is not None else 0
            for change in changes
            for found in [now.get(change.kind, change.id)]
        }
        why = reason or f"{what} rolled back to version {to}"
        receipt = context.config.transact(scope.tenant, changes, scope.identity.actor, why, expect)
        reached = replicas.applied(context, receipt)
    return {"to": to, "data": rows, "applied": reached}


def _allowed(context: Context, scope: Scope, change: Change) -> None:
    found = context.config.get(scope.tenant, change.kind, change.id)
    before: Document | None = None if found is None else found.value.model_dump(mode="json")
    try:
        check_change(scope, change.kind, change.id, before, change.document)
        require_consent_to(context.clock(), scope, change.kind, before, change.document)
    except Problem as problem:
        text = f"{change.kind} {change.id} cannot be rolled back: {problem.detail}"
        raise Problem(problem.status, problem.code, text, problem.errors) from problem
