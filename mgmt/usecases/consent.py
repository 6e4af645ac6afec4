"""Whether a company lets helpers in: operators and resellers above it, who then act as its people or let others in."""

from __future__ import annotations

from configdb.model import OWNERS
from configdb.snapshot import TenantView
from mgmt.access.scope import Scope
from mgmt.access.ways_in import has_way_in
from mgmt.http.errors import Problem


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
