"""Who may change which field of the configuration (ASVS 8.2.3): toll-relevant fields are the operator's, roles the owners'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from configdb.model import OWNERS, PRIVATE_KINDS, SYSTEM_KINDS
from mgmt.access.scope import Scope
from mgmt.http.errors import FieldError, Problem

Document = Mapping[str, Any]

OPERATOR_FIELDS: Mapping[str, tuple[str, ...]] = {
    "tenant": ("status", "minutes_spent", "trunk", "country", "outbound", "plan", "currency", "parent"),
    "texting": ("supplier", "campaign", "campaign_per_s_max", "number_per_s_max"),
}
OWNER_FIELDS: Mapping[str, tuple[str, ...]] = {"tenant": ("support_until", "second_factor", "legal_hold")}
OWNER_KINDS = frozenset({"sso"})
OPERATOR_LIFE = SYSTEM_KINDS | {"tenant", "number"}


def check_change(scope: Scope, kind: str, id: str, before: Document | None, after: Document | None) -> None:
    """Raises Problem 403 or 409 when the identity may not make this change; `after` None deletes."""
    scope.require_manager()
    if kind == "api_key" and scope.identity.key is not None:
        raise Problem(403, "people_only", "A program cannot make, change or remove keys.")
    if kind == "api_key" and scope.identity.visitor is not None:
        raise Problem(403, "people_only", "Nobody makes, changes or removes keys while they act as somebody else.")
    if kind in PRIVATE_KINDS:
        raise Problem(403, "not_a_document", f"A {kind} changes by what people do, not as a document.")
    if kind == "user":
        _check_user(scope, id, before, after)
    _check_owners(scope, kind, before, after)
    if scope.identity.operator:
        return
    if kind in SYSTEM_KINDS or (kind in OPERATOR_LIFE and (before is None or after is None)):
        raise Problem(403, "operators_only", f"Only operators of this node may add or remove a {kind}.")
    changed = _changed(OPERATOR_FIELDS, kind, before, after)
    if changed:
        raise _forbidden(changed[0], "only operators of this node may change this")
    caller_id = (after or {}).get("caller_id")
    if caller_id is not None and caller_id not in scope.view.numbers and caller_id != (before or {}).get("caller_id"):
        raise _forbidden("caller_id", "must be one of your own numbers")


def _changed(
    fields: Mapping[str, tuple[str, ...]], kind: str, before: Document | None, after: Document | None
) -> list[str]:
    return [name for name in fields.get(kind, ()) if (before or {}).get(name) != (after or {}).get(name)]


def _check_owners(scope: Scope, kind: str, before: Document | None, after: Document | None) -> None:
    """What lets people in is for owners. That helpers are let in is never for helpers themselves."""
    changed = _changed(OWNER_FIELDS, kind, before, after) if before is not None else []
    if (changed or kind in OWNER_KINDS) and scope.role not in OWNERS:
        raise _forbidden(changed[0] if changed else "id", "only owners may change this")
    if "support_until" in changed and (scope.identity.operator or scope.identity.tenant != scope.tenant):
        raise _forbidden("support_until", "only an owner of the company itself may change this")


def _check_user(scope: Scope, id: str, before: Document | None, after: Document | None) -> None:
    roles = {(before or {}).get("role"), (after or {}).get("role")} & OWNERS
    if roles and scope.role not in OWNERS:
        raise _forbidden("role", "only owners may add, change or remove an owner")
    named = (after or {}).get("role") == "reseller" != (before or {}).get("role")
    if named and not (
        scope.identity.operator or (scope.identity.role == "reseller" and scope.identity.tenant == scope.tenant)
    ):
        raise _forbidden("role", "only operators and resellers may name a reseller")
    others = any(user.role in OWNERS and not user.disabled for name, user in scope.view.users.items() if name != id)
    if _decides(before) and not _decides(after) and not others:
        raise Problem(
            409, "last_owner", "The last owner of a company stays an owner.", (FieldError("/role", "last owner"),)
        )


def _decides(user: Document | None) -> bool:
    return (user or {}).get("role") in OWNERS and not (user or {}).get("disabled")


def _forbidden(field: str, detail: str) -> Problem:
    return Problem(403, "forbidden_field", f"{field}: {detail}.", (FieldError(f"/{field}", detail, "forbidden"),))
