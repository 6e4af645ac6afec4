"""What a tenant expects of its calls, and whether it is so."""

from __future__ import annotations

from datetime import UTC, datetime

from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.usecases.redact import Document
from mgmt.usecases.simulate import shown
from softswitch.routing.expect import expectations_of, moments, unmet


def tried(context: Context, scope: Scope) -> list[Document]:
    """`{id, name, met, waived, why?, at?, steps?, moments}` of every expectation, in the coming week."""
    view, now = scope.view, datetime.fromtimestamp(context.clock(), UTC)
    wrong = {one.expectation.id: one for one in unmet(context.config.directory, view, now)}
    rows: list[Document] = []
    for wanted in expectations_of(view):
        found = wrong.get(wanted.id)
        row: Document = {
            "id": wanted.id,
            "name": wanted.name,
            "met": found is None,
            "waived": wanted.waived,
            "moments": [at.timestamp() for at in moments(wanted, view, now)],
        }
        if found is not None:
            row |= {"why": found.why, "at": found.at.timestamp(), "steps": shown(view, found.at, found.done)["steps"]}
        rows.append(row)
    return rows
