"""Sign in with a one-time token, or a password and what else somebody needs; set a password; who am I (ASVS 6.3, 6.6, 7.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from configdb.log import Change
from configdb.model import User
from configdb.people import SingleSignOn
from configdb.schema import to_document
from configdb.snapshot import Directory, TenantView
from mgmt.access.auth import Identity
from mgmt.access.proofs import Proofs
from mgmt.access.rights import RIGHTS, Access
from mgmt.access.scope import Scope, parents
from mgmt.access.sessions import Client, Way
from mgmt.access.ways_in import credentials_of, has_second_factor
from mgmt.context import Context
from mgmt.http.errors import Problem
from mgmt.limits import confirmed_s_max, second_step_s_max
from mgmt.usecases import audit, factors


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`session` is the new session's id."""

    session: str


@dataclass(frozen=True, slots=True)
class SecondStep:
    """The password was right, and is not enough: `token` goes with the code. `codes`: whether an app makes them."""

    token: str
    codes: bool


def proofs(context: Context) -> Proofs:
    """Links of this node and those that share its key."""
    return Proofs(context.sealer.key_for("proofs"), context.clock)


def welcome(context: Context, token: str, client: Client) -> str:
    """Sign in the first owner (or whom the token names) as an operator; the new session's id. Problem 403, 429."""
    context.attempts.check(client.address, client.address)
    use = context.sessions.use_token(token)
    if use is None:
        context.attempts.failed(client.address, client.address)
        raise Problem(403, "link_expired", "This sign-in link was used already or is older than 15 minutes.")
    tenant, user = _whom(context.config.directory, use.tenant, use.user)
    return opened(context, tenant, user, "link", client, operator=True)


def _whom(directory: Directory, tenant: str | None, user: str | None) -> tuple[str | None, str | None]:
    """The named user, else the first owner of the named tenant or of any, else nobody (a node without tenants)."""
    named = directory.tenants.get(tenant or "")
    for view in [named] if named is not None else _in_order(directory):
        if user in view.users:
            return view.tenant.id, user
        owner = next((u.id for _, u in sorted(view.users.items()) if u.role == "owner" and not u.disabled), None)
        if owner is not None:
            return view.tenant.id, owner
    return None, None


def _in_order(directory: Directory) -> list[TenantView]:
    return [view for _, view in sorted(directory.tenants.items())]


def opened(
    context: Context, tenant: str | None, user: str | None, way: Way, client: Client, operator: bool = False
) -> str:
    """A new session, which is in the audit; its id."""
    session = context.sessions.open(tenant, user, operator, way, client)
    actor = f"{tenant}/{user}" if user is not None else "operator"
    audit.note(context, tenant, actor, "session.opened", user or "", client.address, way=way, operator=operator or None)
    return session


def sign_in(context: Context, email: str, password: str, tenant: str | None, client: Client) -> SignedIn | SecondStep:
    """What comes next. Problem 401 with the same words and time for every wrong pair, 429 after too many."""
    return next_step(context, *known_by_password(context, email, password, tenant, client), client)


def known_by_password(
    context: Context, email: str, password: str, tenant: str | None, client: Client
) -> tuple[TenantView, User]:
    """Whose address and password these are, which may not be enough to come in. Problem 401, 429 as `sign_in`."""
    context.attempts.check(email, client.address)
    found = accounts(context.config.directory, email, tenant)
    view, user = found[0] if len(found) == 1 else (None, None)
    if not context.passwords.matches(user.password_hash if user is not None else None, password) or not (view and user):
        context.attempts.failed(email, client.address)
        for each, person in found:
            audit.note(
                context, each.tenant.id, f"{each.tenant.id}/{person.id}", "session.refused", person.id, client.address
            )
        detail = "This address and password do not belong together."
        raise Problem(401, "wrong_password", detail)
    context.attempts.succeeded(email, client.address)
    return view, user


def next_step(
    context: Context, view: TenantView, user: User, client: Client, way: Way = "password"
) -> SignedIn | SecondStep:
    """In, or on to the second factor, of somebody whose password was right, or for whom somebody vouches."""
    found = credentials_of(view, user.id)
    if not has_second_factor(found):
        return SignedIn(opened(context, view.tenant.id, user.id, way, client))
    until = context.clock() + second_step_s_max
    token = proofs(context).made("second_step", view.tenant.id, user.id, user.password_hash or "", until)
    return SecondStep(token, found.totp is not None)


def second_step(context: Context, token: str, code: str, client: Client) -> str:
    """The new session's id, after a code of the app or one of the recovery codes. Problem 401, 403, 429."""
    proof = proofs(context).read(token, "second_step")
    view = context.config.directory.tenants.get(proof.tenant) if proof is not None else None
    user = view.users.get(proof.user) if view is not None and proof is not None else None
    if view is None or user is None or user.disabled or not proofs(context).holds(token, user.password_hash or ""):
        raise Problem(403, "link_expired", "This took too long. Begin with your password again.")
    factors.require_code(context, view, user, code, client)
    return opened(context, view.tenant.id, user.id, "second_factor", client)


def accounts(directory: Directory, email: str, tenant: str | None) -> list[tuple[TenantView, User]]:
    """The accounts with a password under an e-mail address; several companies may know the same person."""
    wanted = email.casefold()
    return [
        (view, user)
        for view in directory.tenants.values()
        if not tenant or view.tenant.id == tenant
        for user in view.users.values()
        if user.password_hash and not user.disabled and user.email and user.email.casefold() == wanted
        if not _elsewhere(view, wanted)
    ]


def _elsewhere(view: TenantView, email: str) -> bool:
    """Whether addresses like this sign in with their company's provider alone."""
    domain = email.rpartition("@")[2]
    found = [each for each in view.objects.get("sso", {}).values() if isinstance(each, SingleSignOn)]
    return any(each.enabled and each.only and domain in each.domains for each in found)


def about(view: TenantView, user: User) -> tuple[str, ...]:
    """What must not be somebody's password."""
    return (user.name, user.email or "", view.tenant.name, view.tenant.id)


def with_password(context: Context, view: TenantView, user: User, password: str) -> Change:
    """The change that keeps a new password. Raises Problem 422, 503."""
    changed = user.model_copy(update={"password_hash": context.passwords.hash(password, about(view, user))})
    return Change("user", changed.id, to_document(changed))


def set_password(context: Context, who: Identity, password: str, client: Client) -> str:
    """Keep a new password, end all sessions of the user, and open the one to go on with; its id. Problem 403, 409, 422."""
    if who.user is None or who.tenant is None or who.session is None:
        raise Problem(409, "no_user", "The operator token belongs to no person who could have a password.")
    require_fresh(context, who)
    view = context.config.directory.tenants[who.tenant]
    change = with_password(context, view, who.user, password)
    context.config.transact(who.tenant, [change], who.actor, "password set")
    context.sessions.close_all(who.tenant, who.user.id)
    return opened(context, who.tenant, who.user.id, "password", client, who.operator)


def require_fresh(context: Context, who: Identity) -> None:
    """Raises Problem 403 unless somebody proved not long ago that they are who they say (ASVS 7.5.1)."""
    if who.session is None or who.visitor is not None:
        raise Problem(403, "people_only", "This is for a person who is signed in.")
    if not is_fresh(context, who):
        raise Problem(403, "confirm_first", "Confirm that it is you first: with your password, or a code of your app.")


def is_fresh(context: Context, who: Identity) -> bool:
    """Whether they came in, or confirmed that it is them, not long ago."""
    session = context.sessions.find_hash(who.session) if who.session is not None else None
    return session is not None and context.clock() - session.confirmed_at <= confirmed_s_max


def confirm(context: Context, who: Identity, password: str | None, code: str | None, client: Client) -> None:
    """It is still them. Raises Problem 401, 409, 429."""
    if who.user is None or who.tenant is None or who.session is None or who.visitor is not None:
        raise Problem(409, "no_user", "This is for a person who is signed in.")
    view = context.config.directory.tenants[who.tenant]
    if code:
        factors.require_code(context, view, who.user, code, client)
    else:
        account = f"{who.tenant}/{who.user.id}"
        context.attempts.check(account, client.address)
        if not context.passwords.matches(who.user.password_hash, password or ""):
            context.attempts.failed(account, client.address)
            raise Problem(401, "wrong_password", "This is not your password.")
        context.attempts.succeeded(account, client.address)
    context.sessions.confirm(who.session)


def me(context: Context, who: Identity, scope: Scope | None) -> dict[str, Any]:
    """Who asks, in which tenant they look, which ones they may choose, and what they may do there."""
    user, column = who.user, who.column(scope.tenant if scope is not None else None)
    rights = {
        part: row[column].name.lower()
        for part, row in RIGHTS.items()
        if column is not None and row[column] > Access.NONE
    }
    return {
        "user": user and {"id": user.id, "name": user.name, "email": user.email, "role": user.role},
        "tenant": scope and _tenant(scope.view),
        "tenants": [_name(view) for view in _in_order(context.config.directory) if may_see(context, who, view)],
        "operator": who.operator,
        "signed_in_as": who.signed_in_as,
        "visitor": who.visitor,
        "rights": rights,
        "must_set_password": user is not None and user.password_hash is None,
        "must_add_factor": who.lacks_factor,
    }


def may_see(context: Context, who: Identity, view: TenantView) -> bool:
    """Whether a tenant is listed for somebody."""
    if who.operator or view.tenant.id == who.tenant:
        return True
    return who.role == "reseller" and who.tenant in parents(context.config.directory, view.tenant.id)


def _name(view: TenantView) -> dict[str, Any]:
    return {"id": view.tenant.id, "name": view.tenant.name}


def _tenant(view: TenantView) -> dict[str, Any]:
    support = view.tenant.support_until
    return {
        **_name(view),
        "status": view.tenant.status,
        "minutes_spent": view.tenant.minutes_spent,
        "timezone": view.tenant.timezone,
        "language": view.tenant.language,
        "support_until": support.isoformat() if support is not None else None,
    }
