"""Who may change which field of the configuration (ASVS 8.2.3): toll-relevant fields are the operator's, roles the owners'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from configdb.model import SYSTEM_KINDS
from mgmt.errors import FieldError, Problem
from mgmt.scope import Scope

Document = Mapping[str, Any]

OPERATOR_FIELDS: Mapping[str, tuple[str, ...]] = {"tenant": ("status", "trunk", "country", "outbound", "plan")}
OPERATOR_LIFE = SYSTEM_KINDS | {"tenant", "number"}


def check_change(scope: Scope, kind: str, id: str, before: Document | None, after: Document | None) -> None:
    """Raises Problem 403 or 409 when the identity may not make this change; `after` None deletes."""
    scope.require_manager()
    if kind == "api_key" and scope.identity.key is not None:
        raise Problem(403, "people_only", "A program cannot make, change or remove keys.")
    if kind == "user":
        _check_user(scope, id, before, after)
    if scope.identity.operator:
        return
    if kind in SYSTEM_KINDS or (kind in OPERATOR_LIFE and (before is None or after is None)):
        raise Problem(403, "operators_only", f"Only operators of this node may add or remove a {kind}.")
    changed = [name for name in OPERATOR_FIELDS.get(kind, ()) if (before or {}).get(name) != (after or {}).get(name)]
    if changed:
        raise _forbidden(changed[0], "only operators of this node may change this")
    caller_id = (after or {}).get("caller_id")
    if caller_id is not None and caller_id not in scope.view.numbers and caller_id != (before or {}).get("caller_id"):
        raise _forbidden("caller_id", "must be one of your own numbers")


def _check_user(scope: Scope, id: str, before: Document | None, after: Document | None) -> None:
    owners = {"owner"} & {(before or {}).get("role"), (after or {}).get("role")}
    if owners and scope.role != "owner":
        raise _forbidden("role", "only owners may add, change or remove an owner")
    others = any(user.role == "owner" for name, user in scope.view.users.items() if name != id)
    loses = (before or {}).get("role") == "owner" and (after or {}).get("role") != "owner"
    if loses and not others:
        raise Problem(
            409, "last_owner", "The last owner of a company stays an owner.", (FieldError("/role", "last owner"),)
        )


def _forbidden(field: str, detail: str) -> Problem:
    return Problem(403, "forbidden_field", f"{field}: {detail}.", (FieldError(f"/{field}", detail, "forbidden"),))
