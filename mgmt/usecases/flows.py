"""Read, draw and publish call flows: what would let a caller down, or break what the tenant expects, is found before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from configdb.errors import Problem as LogProblem
from configdb.log import Change
from configdb.model import Flow
from configdb.office import Draft
from configdb.snapshot import Directory, TenantView
from ivr.checks import check, check_all
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.body import text_field
from mgmt.http.errors import FieldError, Problem, not_found
from mgmt.limits import audit_scanned_max, flow_versions_max, log_page_max
from mgmt.usecases import config, drafts
from mgmt.usecases.config import Condition, flow_pointer
from mgmt.usecases.redact import Document
from mgmt.usecases.simulate import moment
from softswitch.routing.expect import unmet

reason_chars_max = 200
ROUTING = (
    "tenant",
    "flow",
    "number",
    "user",
    "group",
    "queue",
    "schedule",
    "holidays",
    "mailbox",
    "contacts",
    "expectation",
)
"""Kinds that can change where a call goes: only their changes make the expectations be tried."""


def all_flows(context: Context, scope: Scope) -> list[Document]:
    """All flows of the tenant."""
    return [_shown(scope.view, found) for found in config.listed(context, scope, "flow")]


def one(context: Context, scope: Scope, id: str) -> Document:
    """One flow. Raises Problem 404."""
    return _shown(scope.view, config.one(context, scope, "flow", id))


def checked(scope: Scope, body: Document) -> Document:
    """`{problems}` of a flow that is being drawn, warnings among them."""
    document = body.get("document")
    return {"problems": _problems(document if isinstance(document, dict) else {}, scope.view)}


def publish(context: Context, scope: Scope, id: str, body: Document, condition: Condition) -> tuple[Document, int]:
    """Commit a flow at once, its draft goes, and the own drawing. Raises as `config.put`; Problem 422 when it has problems.

    `override` says why expectations that are not met then do not matter: they are waived with that reason.
    """
    known = scope.view.flows.get(id)
    name = body.get("name", known.name if known is not None else id)
    given = {"id": body.get("id", id), "name": name, "document": body.get("document")}
    override = text_field(body, "override", reason_chars_max, required=False)
    reason = text_field(body, "reason", reason_chars_max, required=False) or "flow published"
    more = [Change("draft", id, None)] if id in scope.view.objects.get("draft", {}) else []
    if override is not None:
        more += _waived(context, scope, Change("flow", id, config.validated("flow", given)), override)
    saved, status = config.put(context, scope, "flow", id, given, condition, reason, more)
    drafts.published(context, scope, id)
    return _shown(config.view_now(context, scope), saved), status


def publish_later(context: Context, scope: Scope, id: str, body: Document) -> Document:
    """Plan the publication of a flow for `at`. Raises Problem 403, 422."""
    scope.require_manager()
    given = {"id": id, "name": body.get("name", id), "document": body.get("document")}
    change = Change("flow", id, config.validated("flow", given))
    config.check_flow(scope.view, change)
    at = moment(body.get("at"), scope.view, context.clock())
    if at.timestamp() <= context.clock():
        raise Problem(422, "invalid_field", "at must be a time to come.", (FieldError("/at", "is over"),))
    known_as = f"flow-{id}"[:63]
    planned: Document = {
        "id": known_as,
        "at": at.astimezone(UTC).isoformat(),
        "actor": scope.identity.actor,
        "reason": f"flow {id} published as planned",
        "changes": [{"kind": "flow", "id": id, "patch": given, "whole": True}],
    }
    saved, _ = config.put(context, scope, "planned", known_as, planned, Condition(None, any_version=True), "")
    return saved


def versions(context: Context, scope: Scope, id: str) -> list[Document]:
    """`{version, at, actor, reason}` of each publication of a flow, newest first. Raises Problem 404."""
    found, before = list[Document](), None
    for _ in range(audit_scanned_max // log_page_max):
        page = context.config.recent(scope.tenant, before, log_page_max)
        found += [
            {"version": entry.sequence, "at": entry.at, "actor": entry.actor, "reason": entry.reason}
            for entry in page
            if any((change.kind, change.id) == ("flow", id) for change in entry.changes)
        ]
        if len(page) < log_page_max or len(found) >= flow_versions_max:
            break
        before = page[-1].sequence
    if not found:
        raise not_found("flow")
    return found[:flow_versions_max]


def version(context: Context, scope: Scope, id: str, sequence: int) -> Document:
    """The flow as it was then, and how it differs from now. Raises Problem 404."""
    was = context.config.at(scope.tenant, sequence).flows.get(id)
    if was is None:
        raise not_found("version of the flow")
    now = scope.view.flows.get(id)
    return {
        "id": id,
        "version": sequence,
        "name": was.name,
        "document": was.document,
        "differences": differences(was.document, now.document if now is not None else {}),
    }


def roll_back(context: Context, scope: Scope, id: str, sequence: int, condition: Condition) -> tuple[Document, int]:
    """Publish the flow as it was then. Raises as `publish`."""
    was = version(context, scope, id, sequence)
    body = {"name": was["name"], "document": was["document"], "reason": f"flow rolled back to version {sequence}"}
    return publish(context, scope, id, body, condition)


def draft(context: Context, scope: Scope, id: str) -> Document:
    """A flow as it is being drawn, how it differs from what is live, and its problems. Raises Problem 404."""
    found = scope.view.objects.get("draft", {}).get(id)
    if not isinstance(found, Draft):
        raise not_found("draft")
    live = scope.view.flows.get(id)
    before = live.document if live is not None else {}
    return {
        **config.one(context, scope, "draft", id),
        "differences": differences(before, found.document),
        "problems": _problems(found.document, scope.view),
    }


def differences(before: Document, after: Document) -> list[str]:
    """What is different, a line each: "menu: added", "menu.tries: 3 -> 2"."""
    old, new = _nodes(before), _nodes(after)
    ends = [name for name in ("start", "fallback", "fax") if before.get(name) != after.get(name)]
    found = [f"{name}: {before.get(name)} -> {after.get(name)}" for name in ends]
    for id in sorted(old.keys() | new.keys()):
        if id not in new or id not in old:
            found.append(f"{id}: {'added' if id in new else 'removed'}")
            continue
        fields = sorted(old[id].keys() | new[id].keys())
        changed = [name for name in fields if old[id].get(name) != new[id].get(name)]
        found += [f"{id}.{name}: {_short(old[id].get(name))} -> {_short(new[id].get(name))}" for name in changed]
    return found


def _nodes(document: Document) -> dict[str, dict[str, Any]]:
    nodes = document.get("nodes")
    found = nodes if isinstance(nodes, dict) else {}
    return {id: node for id, node in found.items() if isinstance(node, dict)}


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _shown(view: TenantView, found: Document) -> Document:
    flow: dict[str, Any] = found["document"]
    return {
        "id": found["id"],
        "name": flow["name"],
        "version": found["version"],
        "document": flow["document"],
        "problems": _problems(flow["document"], view),
        "has_draft": found["id"] in view.objects.get("draft", {}),
    }


def _problems(document: Document, view: TenantView) -> list[Document]:
    found = check_all(document, view)
    return [{"node": one.node, "code": one.code, "text": one.text, "severity": one.severity} for one in found]


def _waived(context: Context, scope: Scope, change: Change, why: str) -> list[Change]:
    """The changes that waive what would not be met."""
    flow = Flow.model_validate(change.document)
    after = config.changed_view(scope.view, "flow", change.id, flow)
    found = unmet(context.config.directory, after, datetime.fromtimestamp(context.clock(), UTC))
    wanted = [one.expectation for one in found if not one.expectation.waived]
    return [Change("expectation", one.id, {**one.model_dump(mode="json"), "waived": why}) for one in wanted]


def new_problems(directory: Directory, after: TenantView, now: datetime) -> list[LogProblem]:
    """What a change of the tenant would newly break in its flows and expectations: a check of every write.

    Only what is new: a flow that was broken before must not keep people from changing their password.
    """
    before = directory.tenants.get(after.tenant.id)
    known = (
        set()
        if before is None
        else {(id, p) for id, flow in before.flows.items() for p in check(flow.document, before)}
    )
    found = [
        LogProblem(f"/flow/{id}{flow_pointer(p.node)}", f"flow {id}: {p.text}", p.code)
        for id, flow in after.flows.items()
        for p in check(flow.document, after)
        if (id, p) not in known
    ]
    return found or _broken_expectations(directory, before, after, now)


def _broken_expectations(
    directory: Directory, before: TenantView | None, after: TenantView, now: datetime
) -> list[LogProblem]:
    if before is not None and all(_of(before, kind) == _of(after, kind) for kind in ROUTING):
        return []
    known = set() if before is None else {(one.expectation.id, one.why) for one in unmet(directory, before, now)}
    return [
        LogProblem(
            f"/expectation/{one.expectation.id}",
            f"expectation {one.expectation.name!r} would not be met on {one.at:%Y-%m-%d %H:%M}: {one.why}",
            "expectation",
        )
        for one in unmet(directory, after, now)
        if not one.expectation.waived and (one.expectation.id, one.why) not in known
    ]


def _of(view: TenantView, kind: str) -> object:
    return view.tenant if kind == "tenant" else view.objects.get(kind, {})
