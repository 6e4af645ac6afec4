"""Single sign-on: from an e-mail address to the provider of its company, and from the provider's answer to a session."""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Any

import structlog

from configdb.keys import Key
from configdb.log import Change
from configdb.model import User
from configdb.people import SingleSignOn
from configdb.snapshot import TenantView
from mgmt.access.oidc import Pending, Person, Provider, ProviderError
from mgmt.access.once import Once
from mgmt.access.sessions import Client, hash_of
from mgmt.access.ways_in import credentials_of, keeping
from mgmt.context import Context
from mgmt.http.errors import Problem
from mgmt.limits import challenge_s_max
from mgmt.outbox.web import Web
from mgmt.usecases import account, people
from mgmt.usecases.config import validated

_log = structlog.get_logger("sso")


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes; `binding` stays in it, so that nobody else's answer is taken."""

    address: str
    name: str
    binding: str


@dataclass(frozen=True, slots=True)
class Returned:
    """What came back with the browser."""

    state: str
    code: str
    issuer: str | None
    binding: str


def begin(context: Context, email: str, tenant: str | None, redirect_uri: str, next: str, client: Client) -> Begun:
    """The provider that vouches for addresses like this. Raises Problem 404 (none, or several), 429, 502."""
    context.attempts.check(f"sso {client.address}", client.address)
    domain = email.rpartition("@")[2].casefold()
    found = [
        (view, one)
        for view in context.config.directory.tenants.values()
        if not tenant or view.tenant.id == tenant
        for one in view.objects.get("sso", {}).values()
        if isinstance(one, SingleSignOn) and one.enabled and domain in one.domains
    ]
    if len(found) != 1:
        context.attempts.failed(f"sso {client.address}", client.address)
        raise Problem(
            404, "no_sso", "No company signs in here with addresses like this; or name the company, if several do."
        )
    view, one = found[0]
    pending = Pending(secrets.token_urlsafe(24), secrets.token_urlsafe(48), redirect_uri)
    state, binding = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    try:
        address = _provider(context, one).address(pending, state, email)
    except ProviderError as wrong:
        raise _away(view, one, wrong) from wrong
    kept = [view.tenant.id, one.id, pending.nonce, pending.verifier, redirect_uri, hash_of(binding), next]
    sealed = context.sealer.seal(json.dumps(kept))
    Once(context.database, context.clock).put(f"sso {state}", sealed, challenge_s_max)
    return Begun(address, one.name, binding)


def come_in(context: Context, returned: Returned, client: Client) -> tuple[str, str]:
    """The new session's id, and where to go on. Raises Problem 403, 429, 502."""
    sealed = Once(context.database, context.clock).take(f"sso {returned.state}")
    kept: list[Any] = json.loads(context.sealer.open(sealed)) if sealed is not None else [None] * 7
    tenant, id, nonce, verifier, redirect_uri, binding, next = kept
    view = context.config.directory.tenants.get(tenant or "")
    one = view.objects.get("sso", {}).get(id) if view is not None else None
    bound = binding is not None and hmac.compare_digest(binding, hash_of(returned.binding))
    if view is None or not isinstance(one, SingleSignOn) or not one.enabled or not bound:
        raise Problem(403, "link_expired", "This sign-in was not begun in this browser, or took too long. Begin again.")
    if returned.issuer not in (None, one.issuer):  # RFC 9207 2.4
        raise Problem(403, "wrong_issuer", "This answer is of another provider.")
    try:
        person = _provider(context, one).person(Pending(nonce, verifier, redirect_uri), returned.code)
    except ProviderError as wrong:
        raise _away(view, one, wrong) from wrong
    user = _user(context, view, one, person)
    return account.opened(context, view.tenant.id, user.id, "sso", client), next


def _provider(context: Context, one: SingleSignOn) -> Provider:
    secret = context.sealer.open(one.client_secret) if one.client_secret is not None else None
    return Provider(one.issuer, one.client_id, secret, Web(context.settings.inside), context.clock)


def _user(context: Context, view: TenantView, one: SingleSignOn, person: Person) -> User:
    """Who it is here: known by the provider's subject, else by the address it vouches for, else new."""
    for user in view.users.values():
        if credentials_of(view, user.id).sso.get(one.id) == person.subject:
            return _enabled(user)
    email = (person.email or "").casefold()
    if not email or email.rpartition("@")[2] not in one.domains:
        raise Problem(403, "not_vouched_for", f"{one.name} does not vouch for an e-mail address of this company.")
    known = next((user for user in view.users.values() if user.email and user.email.casefold() == email), None)
    if known is None:
        return _new(context, view, one, person, email)
    _enabled(known)
    if one.id in credentials_of(view, known.id).sso:
        raise Problem(
            403, "other_subject", f"{one.name} knew this address as somebody else. Ask an owner of your company."
        )
    _link(context, view, known.id, one, person, [])
    return known


def _enabled(user: User) -> User:
    if user.disabled:
        raise Problem(403, "disabled", "Your account here is disabled.")
    return user


def _new(context: Context, view: TenantView, one: SingleSignOn, person: Person, email: str) -> User:
    if one.role is None:
        raise Problem(403, "not_known", "You have no account here yet. Ask who runs the telephones of your company.")
    document = {
        "id": people.new_id(view, email),
        "name": person.name or email.partition("@")[0],
        "email": email,
        "extension": people.free_extension(context, view),
        "role": one.role,
    }
    made = User.model_validate(validated("user", document))
    _link(context, view, made.id, one, person, [Change("user", made.id, made.model_dump(mode="json"))])
    return made


def _link(context: Context, view: TenantView, user: str, one: SingleSignOn, person: Person, more: list[Change]) -> None:
    found = credentials_of(view, user)
    kept = keeping(found.model_copy(update={"sso": {**found.sso, one.id: person.subject}}))
    key = Key(view.tenant.id, "credentials", user)
    before = context.config.get(view.tenant.id, "credentials", user)
    expect = {key: before.version if before is not None else 0}
    actor = f"{view.tenant.id}/{user}"
    context.config.transact(view.tenant.id, [*more, kept], actor, f"{user} came in by {one.name}", expect)


def _away(view: TenantView, one: SingleSignOn, wrong: ProviderError) -> Problem:
    _log.warning("single sign-on failed", tenant=view.tenant.id, sso=one.id, why=str(wrong))
    return Problem(502, "sso_failed", f"{one.name} could not sign you in: {wrong}.")
