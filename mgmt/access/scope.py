"""The tenant a request may touch: every read and write of a web app goes through a `Scope` (ASVS 8.2.2, 8.4.1).

An operator chooses the tenant, a reseller one of those below; everybody else has their own and no way to name another one.
"""

from __future__ import annotations

from dataclasses import dataclass

from configdb.model import MANAGERS, OWNERS, SYSTEM, Role, Tenant
from configdb.snapshot import Directory, TenantView
from mgmt.access.auth import Identity
from mgmt.http.errors import Problem, not_found


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
        """The role here: operators, and resellers above the company, are as powerful as an owner."""
        if self.identity.operator or self.identity.tenant != self.tenant:
            return "owner"
        return self.identity.role or "user"

    def require_manager(self) -> None:
        """Raises Problem 403 unless somebody asks who runs the company."""
        if self.role not in MANAGERS:
            raise Problem(403, "managers_only", "Only owners and managers may change the configuration.")

    def require_insight(self) -> None:
        """Raises Problem 403 unless somebody asks who may see what all people do."""
        if self.role == "user":
            raise Problem(403, "managers_only", "Only owners, managers and auditors may see this.")

    def require_owner(self) -> None:
        """Raises Problem 403 unless an owner asks."""
        if self.role not in OWNERS:
            raise Problem(403, "owners_only", "Only owners of the company may do this.")

    def require_operator(self) -> None:
        """Raises Problem 403 unless an operator asks."""
        if not self.identity.operator:
            raise Problem(403, "operators_only", "Only operators of this node may do this.")


def scope_for(identity: Identity, directory: Directory, asked: str | None) -> Scope:
    """The scope of an identity; `asked` is `X-Tenant` or `?tenant=`. Raises Problem 400, 403, 404."""
    if not identity.operator and asked not in (None, identity.tenant) and not _is_below(identity, directory, asked):
        raise Problem(403, "other_tenant", "You may only work in your own company.")
    view = directory.tenants.get(asked or identity.tenant or _only_tenant(directory))
    if view is None:
        raise not_found("tenant")
    return Scope(view, identity)


def _is_below(identity: Identity, directory: Directory, asked: str | None) -> bool:
    """Whether a company is below that of a reseller, at any depth."""
    return identity.role == "reseller" and identity.tenant in parents(directory, asked or "")


def parents(directory: Directory, tenant: str) -> list[str]:
    """The companies above one, the nearest first."""
    found: list[str] = []
    while (view := directory.tenants.get(tenant)) is not None and view.tenant.parent not in (None, *found):
        tenant = view.tenant.parent or ""
        found.append(tenant)
    return found


def node_scope(identity: Identity) -> Scope:
    """An operator's scope for what belongs to no tenant yet: trunks and new tenants. Raises Problem 403."""
    scope = Scope(TenantView(Tenant.model_construct(id=SYSTEM, name="node"), sequence=0), identity)
    scope.require_operator()
    return scope


def _only_tenant(directory: Directory) -> str:
    if len(directory.tenants) == 1:
        return next(iter(directory.tenants))
    raise Problem(400, "tenant_required", "Name the tenant in the header X-Tenant or the argument tenant.")
