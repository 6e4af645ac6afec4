"""Read and publish call flows: what would let a caller down is found before it goes live."""

from __future__ import annotations

from typing import Any

from configdb.errors import Problem as LogProblem
from configdb.snapshot import TenantView
from ivr.flow import check
from mgmt.context import Context
from mgmt.scope import Scope
from mgmt.usecases import config
from mgmt.usecases.config import Condition, flow_pointer
from mgmt.usecases.redact import Document


def all_flows(context: Context, scope: Scope) -> list[Document]:
    """All flows of the tenant."""
    return [_shown(scope.view, found) for found in config.listed(context, scope, "flow")]


def one(context: Context, scope: Scope, id: str) -> Document:
    """One flow. Raises Problem 404."""
    return _shown(scope.view, config.one(context, scope, "flow", id))


def publish(context: Context, scope: Scope, id: str, body: Document, condition: Condition) -> tuple[Document, int]:
    """Commit a flow. Raises as `config.put`; Problem 422 when it has problems."""
    known = scope.view.flows.get(id)
    name = body.get("name", known.name if known is not None else id)
    given = {"id": body.get("id", id), "name": name, "document": body.get("document")}
    saved, status = config.put(context, scope, "flow", id, given, condition, "flow published")
    return _shown(scope.view, saved), status


def _shown(view: TenantView, found: Document) -> Document:
    flow: dict[str, Any] = found["document"]
    return {
        "id": found["id"],
        "name": flow["name"],
        "version": found["version"],
        "document": flow["document"],
        "problems": [{"node": p.node, "code": p.code, "text": p.text} for p in check(flow["document"], view)],
    }


def new_problems(before: TenantView | None, after: TenantView) -> list[LogProblem]:
    """What a change of the tenant would newly break in its flows: a check of every write (`ConfigClient.extra_checks`).

    Only what is new: a flow that was broken before must not keep people from changing their password.
    """
    known = (
        set()
        if before is None
        else {(id, p) for id, flow in before.flows.items() for p in check(flow.document, before)}
    )
    return [
        LogProblem(f"/flow/{id}{flow_pointer(p.node)}", f"flow {id}: {p.text}", p.code)
        for id, flow in after.flows.items()
        for p in check(flow.document, after)
        if (id, p) not in known
    ]
