"""Sign in with a one-time token or a password, set a password, and who am I (ASVS 6.3, 7.2)."""

from __future__ import annotations

from typing import Any

from configdb.log import Change
from configdb.model import User
from configdb.snapshot import Directory, TenantView
from mgmt.auth import Identity
from mgmt.context import Context
from mgmt.errors import Problem
from mgmt.scope import Scope


def welcome(context: Context, token: str, address: str) -> str:
    """Sign in the first owner (or whom the token names) as an operator; the new session's id. Problem 403, 429."""
    context.attempts.check("one-time token", address)
    use = context.sessions.use_token(token)
    if use is None:
        context.attempts.failed("one-time token", address)
        raise Problem(403, "link_expired", "This sign-in link was used already or is older than 15 minutes.")
    tenant, user = _whom(context.config.directory, use.tenant, use.user)
    return context.sessions.open(tenant, user, operator=True)


def _whom(directory: Directory, tenant: str | None, user: str | None) -> tuple[str | None, str | None]:
    """The named user, else the first owner of the named tenant or of any, else nobody (a node without tenants)."""
    named = directory.tenants.get(tenant or "")
    for view in [named] if named is not None else _in_order(directory):
        if user in view.users:
            return view.tenant.id, user
        owner = next((u.id for _, u in sorted(view.users.items()) if u.role == "owner"), None)
        if owner is not None:
            return view.tenant.id, owner
    return None, None


def _in_order(directory: Directory) -> list[TenantView]:
    return [view for _, view in sorted(directory.tenants.items())]


def sign_in(context: Context, email: str, password: str, tenant: str | None, address: str) -> str:
    """A new session's id. Problem 401 with the same words and time for every wrong pair, 429 after too many."""
    context.attempts.check(email, address)
    found = _accounts(context.config.directory, email, tenant)
    owner, user = found[0] if len(found) == 1 else (None, None)
    if not context.passwords.matches(user.password_hash if user is not None else None, password):
        context.attempts.failed(email, address)
        detail = "This address and password do not belong together."
        raise Problem(401, "wrong_password", detail)
    context.attempts.succeeded(email, address)
    return context.sessions.open(owner, user.id if user is not None else None, operator=False)


def _accounts(directory: Directory, email: str, tenant: str | None) -> list[tuple[str, User]]:
    """The accounts with a password under an e-mail address; several companies may know the same person."""
    wanted = email.casefold()
    return [
        (view.tenant.id, user)
        for view in directory.tenants.values()
        if not tenant or view.tenant.id == tenant
        for user in view.users.values()
        if user.password_hash and user.email and user.email.casefold() == wanted
    ]


def set_password(context: Context, who: Identity, password: str) -> str:
    """Keep a new password, end all sessions of the user, and open the one to go on with; its id."""
    if who.user is None or who.tenant is None or who.session is None:
        raise Problem(409, "no_user", "The operator token belongs to no person who could have a password.")
    changed = who.user.model_copy(update={"password_hash": context.passwords.hash(password)})
    change = Change("user", changed.id, changed.model_dump(mode="json"))
    context.config.transact(who.tenant, [change], who.actor, "password set")
    context.sessions.close_all(who.tenant, changed.id)
    return context.sessions.open(who.tenant, changed.id, who.operator)


def me(context: Context, who: Identity, scope: Scope | None) -> dict[str, Any]:
    """Who asks, in which tenant they look, and which tenants they may choose."""
    user = who.user
    return {
        "user": user and {"id": user.id, "name": user.name, "email": user.email, "role": user.role},
        "tenant": scope and _tenant(scope.view),
        "tenants": [_name(view) for view in _in_order(context.config.directory) if may_see(who, view)],
        "operator": who.operator,
        "must_set_password": user is not None and user.password_hash is None,
    }


def may_see(who: Identity, view: TenantView) -> bool:
    """Whether a tenant is listed for somebody."""
    return who.operator or view.tenant.id == who.tenant


def _name(view: TenantView) -> dict[str, Any]:
    return {"id": view.tenant.id, "name": view.tenant.name}


def _tenant(view: TenantView) -> dict[str, Any]:
    return {**_name(view), "timezone": view.tenant.timezone, "language": view.tenant.language}
