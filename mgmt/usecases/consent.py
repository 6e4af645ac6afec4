"""Whether a company lets helpers in: operators and resellers above it, who then act as its people or let others in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from configdb.model import OWNERS
from configdb.snapshot import TenantView
from mgmt.access.scope import Scope
from mgmt.access.ways_in import has_way_in
from mgmt.http.errors import Problem

LETS_IN = frozenset({"api_key", "sso"})
"""Kinds by which programs and people come in."""


def consents(now: float, view: TenantView) -> bool:
    """Whether it lets them in now (epoch seconds)."""
    until = view.tenant.support_until
    return until is not None and now < until.timestamp()


def require_consent(now: float, scope: Scope) -> None:
    """A reseller lets people and programs in only while the company agrees, or nobody there could. Raises Problem 403."""
    if scope.identity.operator or scope.identity.tenant == scope.tenant or consents(now, scope.view):
        return
    if any(user.role in OWNERS and has_way_in(scope.view, user) for user in scope.view.users.values()):
        raise Problem(403, "no_consent", "An owner of this company has to let helpers in first.")


def require_consent_to(
    now: float, scope: Scope, kind: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> None:
    """The same for a change that could let whoever makes it in: a key, a provider, where somebody's new password is sent.

    Who acts as somebody else makes none of them at all. Raises Problem 403.
    """
    address = kind == "user" and before is not None and before.get("email") != (after or {}).get("email")
    if after is None or not (kind in LETS_IN or address):
        return
    if scope.identity.visitor is not None:
        raise Problem(403, "people_only", "Nobody changes how people come in while they act as somebody else.")
    require_consent(now, scope)
