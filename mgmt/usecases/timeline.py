"""The history of a tenant's configuration: who changed what, when and why, and what differs between two moments."""

from __future__ import annotations

from typing import Any

from mgmt.context import Context
from mgmt.limits import log_page_max
from mgmt.scope import Scope


def log(context: Context, scope: Scope, since: int) -> dict[str, Any]:
    """The entries behind `since`, newest first, without the documents. Raises `Refused` 503 of a sick disk."""
    entries = context.config.history(scope.tenant, since, log_page_max)
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
        for entry in reversed(entries)
    ]
    return {"data": rows, "next_cursor": None}


def diff(context: Context, scope: Scope, older: int, newer: int) -> dict[str, Any]:
    """What differs between two sequences, as readable lines. Secrets never appear."""
    found = context.config.diff(scope.tenant, older, newer)
    rows = [{"kind": one.key.kind, "id": one.key.id, "change": one.change, "lines": list(one.lines)} for one in found]
    return {"from": older, "to": newer, "data": rows}
