"""Read and change configuration objects of a tenant: rights, secrets, flow checks, versions, one entry of the log each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from configdb.keys import Key
from configdb.log import Change
from configdb.model import KINDS, PRIVATE_KINDS, SYSTEM, SYSTEM_KINDS, Value
from configdb.replica import Versioned
from configdb.snapshot import TenantView, make_view
from ivr.checks import check
from mgmt.access.scope import Scope
from mgmt.access.ways_in import leaving
from mgmt.context import Context
from mgmt.http.errors import FieldError, Problem, not_found
from mgmt.outbox.web import NotAllowed, Web
from mgmt.usecases import planned, replicas
from mgmt.usecases.consent import require_consent_to
from mgmt.usecases.redact import Document, completed, redacted, redacted_schema
from mgmt.usecases.rules import check_change


@dataclass(frozen=True, slots=True)
class Condition:
    """What the client knows: 0 = the object must not exist; None without `any_version` = nothing was said."""

    version: int | None
    any_version: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """A change ready to commit; `password` was made here and must be shown once."""

    tenant: str
    change: Change
    expect: dict[Key, int]
    password: str | None


def home(scope: Scope, kind: str) -> str:
    """The tenant under which a kind is kept. Raises Problem 404 (kind), 403 (the node's are the operator's)."""
    if kind not in KINDS or kind in PRIVATE_KINDS:
        raise not_found("kind of configuration")
    if kind not in SYSTEM_KINDS:
        return scope.tenant
    scope.require_operator()
    return SYSTEM


def shown(kind: str, found: Versioned) -> Document:
    """An object as the API shows it."""
    document = redacted(kind, found.value.model_dump(mode="json"))
    return {"id": document["id"], "kind": kind, "version": found.version, "document": document}


def listed(context: Context, scope: Scope, kind: str) -> list[Document]:
    """All objects of a kind; an operator sees all tenants."""
    tenants = [home(scope, kind)]
    if kind == "tenant" and scope.identity.operator:
        tenants = sorted(context.config.directory.tenants)
    return [shown(kind, found) for tenant in tenants for found in context.config.list(tenant, kind)]


def one(context: Context, scope: Scope, kind: str, id: str) -> Document:
    """One object. Raises Problem 404."""
    found = context.config.get(_home_of(scope, kind, id), kind, id)
    if found is None:
        raise not_found(kind)
    return shown(kind, found)


def _home_of(scope: Scope, kind: str, id: str) -> str:
    """A tenant object lives in its own tenant: an operator may name any."""
    return id if kind == "tenant" and scope.identity.operator and id != SYSTEM else home(scope, kind)


def put(
    context: Context,
    scope: Scope,
    kind: str,
    id: str,
    body: Document,
    condition: Condition,
    reason: str,
    more: Sequence[Change] = (),
) -> tuple[Document, int]:
    """Add or change an object, with `more` changes in the same transaction.

    Raises Problem 403, 409, 412, 422, 428; `Refused` and `Unknown` of the log.
    """
    tenant = _home_of(scope, kind, id)
    before = context.config.get(tenant, kind, id)
    given, condition = _unwrapped(body, condition)
    prepared = prepare(context, scope, kind, id, given, before)
    check_flow(scope.view, prepared.change)
    _require(Condition(None, any_version=True) if condition.version is None and _scripted(scope) else condition, before)
    receipt = context.config.transact(
        tenant, [prepared.change, *more], scope.identity.actor, reason or f"{kind} {id} changed", prepared.expect
    )
    saved = one(context, scope, kind, id) | {"applied": replicas.applied(context, receipt)}
    return saved | ({"password": prepared.password} if prepared.password else {}), 200 if before else 201


def view_now(context: Context, scope: Scope) -> TenantView:
    """The tenant of the scope as it is after a change."""
    return context.config.directory.tenants.get(scope.tenant, scope.view)


def changed_view(view: TenantView, kind: str, id: str, value: Value) -> TenantView:
    """The tenant as it would be with one object changed."""
    objects: dict[str, dict[str, object]] = {name: dict(found) for name, found in view.objects.items()}
    objects.setdefault(kind, {})[id] = value
    return make_view(view.sequence, view.tenant, objects)


def delete(context: Context, scope: Scope, kind: str, id: str, condition: Condition, reason: str) -> None:
    """Remove an object. Raises as `put`, and Problem 404."""
    tenant = _home_of(scope, kind, id)
    before = context.config.get(tenant, kind, id)
    check_change(scope, kind, id, before.value.model_dump(mode="json") if before is not None else None, None)
    if before is None:
        raise not_found(kind)
    if condition.version is not None:
        _require(condition, before)
    changes = [Change(kind, id, None), *(leaving(scope.view, id) if kind == "user" else ())]
    expect = {before.key: before.version}
    context.config.transact(tenant, changes, scope.identity.actor, reason or f"{kind} {id} removed", expect)


def prepare(context: Context, scope: Scope, kind: str, id: str, given: Document, before: Versioned | None) -> Prepared:
    """Check rights and form of one document. Raises Problem 403, 409, 422."""
    if given.setdefault("id", id) != id:
        raise Problem(
            422, "wrong_id", "The id in the document is not the id in the address.", (FieldError("/id", "differs"),)
        )
    tenant = _home_of(scope, kind, id)
    old = before.value.model_dump(mode="json") if before is not None else None
    check_change(scope, kind, id, old, given)
    require_consent_to(context.clock(), scope, kind, old, given)
    if kind == "planned":
        given = planned.checked(context, scope, given)
    document, password = completed(kind, given, old, context.sealer)
    value = validated(kind, document)
    if kind == "webhook":
        _require_reachable(context, value["url"])
    expect = {Key(tenant, kind, id): before.version if before is not None else 0}
    return Prepared(tenant, Change(kind, id, value), expect, password)


def _require_reachable(context: Context, url: str) -> None:
    """Raises Problem 422 for an address that webhooks are never sent to."""
    try:
        Web(context.settings.inside).check(url)
    except NotAllowed as wrong:
        text = f"This address cannot be told of events: {wrong}."
        raise Problem(422, "address_not_allowed", text, (FieldError("/url", str(wrong), "not_allowed"),)) from wrong


def validated(kind: str, document: Document) -> Document:
    """The document in its full form. Raises Problem 422 with a pointer to each wrong place."""
    try:
        return KINDS[kind].model_validate(document).model_dump(mode="json")
    except ValidationError as wrong:
        errors = tuple(
            FieldError("".join(f"/{part}" for part in error["loc"]), error["msg"], error["type"])
            for error in wrong.errors(include_url=False, include_input=False, include_context=False)
        )
        raise Problem(422, "invalid_document", f"This is not a valid {kind}.", errors) from wrong


def check_flow(view: TenantView, change: Change) -> None:
    """Raises Problem 422 when the change is a flow in which a caller could get lost (`ivr.checks.check`)."""
    found = check(change.document["document"], view) if change.kind == "flow" and change.document else []
    if found:
        errors = tuple(FieldError(flow_pointer(problem.node), problem.text, problem.code) for problem in found)
        words = "; ".join(problem.text for problem in found[:3])
        raise Problem(422, "flow_problems", f"A caller could get lost in this flow: {words}.", errors)


def flow_pointer(node: str | None) -> str:
    """The node's place in the flow object, escaped as RFC 6901 wants."""
    return "/document" if node is None else "/document/nodes/" + node.replace("~", "~0").replace("/", "~1")


def schema(scope: Scope, kind: str) -> Document:
    """The JSON Schema of a kind, without its secret fields. Raises as `home`."""
    home(scope, kind)
    return redacted_schema(kind, KINDS[kind].model_json_schema())


def _unwrapped(body: Document, condition: Condition) -> tuple[Document, Condition]:
    """The form that was read (`{id, kind, version, document}`) may be sent back: its version counts when no header does."""
    if not {"kind", "version", "document"} <= set(body) or not isinstance(body["document"], dict):
        return dict(body), condition
    version = body["version"]
    said = condition.version is not None or condition.any_version or type(version) is not int
    return dict(body["document"]), condition if said else Condition(version)


def _scripted(scope: Scope) -> bool:
    """The operator token is a script's: it may overwrite without a version, the log keeps every one."""
    return scope.identity.session is None


def _require(condition: Condition, before: Versioned | None) -> None:
    """Raises Problem 412 (somebody was faster) or 428 (say which version you change)."""
    now = before.version if before is not None else 0
    if condition.version is not None and condition.version != now:
        detail = f"This was changed meanwhile: it is at version {now}, you changed version {condition.version}."
        raise Problem(412, "version_conflict", detail, (FieldError("", f"is at version {now}", "version"),))
    if condition.version is None and not condition.any_version and now:
        raise Problem(428, "version_required", "Send the version you read in If-Match, or If-Match: * for any.")
