"""The tenant a request may touch: every read and write of a web app goes through a `Scope` (ASVS 8.2.2, 8.4.1).

An operator chooses the tenant; everybody else has their own and no way to name another one.
"""

from __future__ import annotations

from dataclasses import dataclass

from configdb.model import SYSTEM, Tenant
from configdb.snapshot import Directory, TenantView
from mgmt.auth import Identity, Role
from mgmt.errors import Problem, not_found


@dataclass(frozen=True, slots=True)
class Scope:
    """One tenant's view for one identity."""

    view: TenantView
    identity: Identity

    @property
    def tenant(self) -> str:
        """The tenant's id: the first argument of every query."""
        return self.view.tenant.id

    @property
    def role(self) -> Role:
        """The role here: an operator is everywhere as powerful as an owner."""
        return "owner" if self.identity.operator else self.identity.role or "user"

    def require_manager(self) -> None:
        """Raises Problem 403 unless an owner, a manager or an operator asks."""
        if self.role == "user":
            raise Problem(403, "managers_only", "Only owners and managers may change the configuration.")

    def require_operator(self) -> None:
        """Raises Problem 403 unless an operator asks."""
        if not self.identity.operator:
            raise Problem(403, "operators_only", "Only operators of this node may do this.")


def scope_for(identity: Identity, directory: Directory, asked: str | None) -> Scope:
    """The scope of an identity; `asked` is `X-Tenant` or `?tenant=`. Raises Problem 400, 403, 404."""
    if not identity.operator and asked not in (None, identity.tenant):
        raise Problem(403, "other_tenant", "You may only work in your own company.")
    view = directory.tenants.get(asked or identity.tenant or _only_tenant(directory))
    if view is None:
        raise not_found("tenant")
    return Scope(view, identity)


def node_scope(identity: Identity) -> Scope:
    """An operator's scope for what belongs to no tenant yet: trunks and new tenants. Raises Problem 403."""
    scope = Scope(TenantView(Tenant.model_construct(id=SYSTEM, name="node"), sequence=0), identity)
    scope.require_operator()
    return scope


def _only_tenant(directory: Directory) -> str:
    if len(directory.tenants) == 1:
        return next(iter(directory.tenants))
    raise Problem(400, "tenant_required", "Name the tenant in the header X-Tenant or the argument tenant.")
