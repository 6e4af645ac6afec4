"""Who asks: session cookie, operator token or API key to `Identity`; policies, rights, scopes, same-site check (ASVS 3.5, 7).

Knows no Flask: the event stream, which is a Twisted resource, asks the same questions with the same code.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from http.cookies import CookieError, SimpleCookie

from werkzeug.datastructures import Headers

from configdb.model import MANAGERS, Role, User
from configdb.office import ApiKey
from configdb.snapshot import Directory, TenantView
from history.app import App
from mgmt.access.api_keys import PREFIXES, ApiKeys
from mgmt.access.apps import PARTS as APP_PARTS
from mgmt.access.apps import PREFIX as APP_PREFIX
from mgmt.access.apps import Apps, proof_of
from mgmt.access.rights import EVERYBODYS, VISITORS_NEVER, Column, may, safe_methods
from mgmt.access.sessions import Session, Sessions
from mgmt.access.tokens import PREFIX as GRANT_PREFIX
from mgmt.access.tokens import Granted, Tokens
from mgmt.access.ways_in import credentials_of, has_second_factor
from mgmt.http.errors import Problem


class Policy(Enum):
    """Who may use a web app: everybody, whoever is signed in, or operators of the node only.

    SITES: everybody, from pages of other sites and as a program too; nobody is signed in there, whatever cookie or token comes
    along.
    """

    PUBLIC = "public"
    SITES = "sites"
    SESSION = "session"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks. `session` is the hash of the session's id; None means a program asks: an operator's, or one with `key` or `app`.

    app: which of the apps on their telephones.  visitor: who really asks while they act as `user`.
    lacks_factor: their company wants a second factor, and they have none.
    """

    tenant: str | None
    user: User | None
    operator: bool
    session: str | None
    key: ApiKey | None = None
    visitor: str | None = None
    lacks_factor: bool = False
    app: App | None = None

    @property
    def actor(self) -> str:
        """The name written beside a change."""
        if self.key is not None:
            return f"{self.tenant}/key:{self.key.id}"
        name = f"{self.tenant}/{self.user.id}" if self.user is not None else "operator"
        return f"{name} (by {self.visitor})" if self.visitor is not None else name

    @property
    def signed_in_as(self) -> str:
        """What a page remembers of whom it shows: another one for whoever would do otherwise what is done there."""
        return f"{self.actor} as operator" if self.operator else self.actor

    @property
    def role(self) -> Role | None:
        """The role in the own tenant; None for an operator without a user. A user's key can no more than the user."""
        if self.key is not None and (self.user is None or self.user.role in MANAGERS or self.key.role == "user"):
            return self.key.role
        return self.user.role if self.user is not None else None

    def column(self, asked: str | None) -> Column | None:
        """How they act in a company (None: their own) by the table of rights; whether it is below them is `scope`'s to say."""
        if self.operator:
            return "operator"
        return "below" if self.role == "reseller" and asked not in (None, self.tenant) else self.role

    def may_use(self, part: str, method: str) -> bool:
        """Whether the scopes of a key cover a part of the API, or an app may use it; people and operators have no scopes."""
        if self.app is not None:
            return part in APP_PARTS
        if self.key is None:
            return True
        held = {f"{wanted}{suffix}" for wanted in (part, "*") for suffix in ("", ":read")}
        allowed = held if method in safe_methods else {part, "*"}
        return not allowed.isdisjoint(self.key.scopes)


class Door:
    """Recognises identities. `operator_token` None: no bearer token is ever accepted."""

    def __init__(
        self,
        sessions: Sessions,
        directory: Callable[[], Directory],
        operator_token: str | None,
        secure: bool,
        clock: Callable[[], float],
        tokens: Tokens | None = None,
        apps: Apps | None = None,
    ) -> None:
        self._sessions = sessions
        self.keys = ApiKeys(directory, clock)
        self._tokens = tokens
        self._apps = apps
        self._directory = directory
        self._operator_token = operator_token
        self._clock = clock
        self.secure = secure
        self.cookie_name = "__Host-softswitch" if secure else "softswitch"

    def identify(self, cookie: str | None, authorization: str | None) -> Identity | None:
        """The identity behind a session cookie's value or an Authorization header; the header wins."""
        if authorization is not None:
            return self._bearer(authorization)
        return self.of_session(cookie) if cookie else None

    def of_session(self, cookie: str) -> Identity | None:
        """The identity of a session id, if the session lives and its user still exists."""
        session = self._sessions.find(cookie)
        return None if session is None else self._identity(session)

    def renewed(self, identity: Identity) -> Identity | None:
        """The same one as they are now, for an open stream; None: their session, key or app is over, or somebody else's."""
        if identity.key is not None:
            user = self._person(identity.tenant or "", identity.user.id) if identity.user is not None else None
            gone = identity.user is not None and user is None
            right = self.keys.still(identity.tenant or "", identity.key) and not gone
            return replace(identity, user=user) if right else None
        if identity.app is not None and self._apps is not None:
            app = self._apps.get(identity.app.tenant, identity.app.id)
            return self._of_app(app) if app is not None else None
        if identity.session is None:
            return identity
        session = self._sessions.find_hash(identity.session)
        found = self._identity(session) if session is not None else None
        return found if found is not None and found.actor == identity.actor else None

    def admits(self, app: App) -> bool:
        """Whether the person who signed an app in still has an account, and the password that they had then."""
        return self._of_app(app) is not None

    def _identity(self, session: Session) -> Identity | None:
        if session.tenant is None or session.user is None:
            own = Identity(None, None, session.operator, session.hash) if session.operator else None
        else:
            person = self._person(session.tenant, session.user)
            own = self._own(session, session.tenant, person) if person is not None else None
        if own is None or session.visit is None:
            return own
        host = self._directory().tenants.get(session.visit.tenant)
        until = host.tenant.support_until if host is not None else None
        guest = self._person(session.visit.tenant, session.visit.user)
        if guest is None or until is None or until.timestamp() <= self._clock():
            return own
        return Identity(session.visit.tenant, guest, False, session.hash, visitor=own.actor)

    def _own(self, session: Session, tenant: str, person: User) -> Identity:
        view = self._directory().tenants[tenant]
        return Identity(
            tenant, person, session.operator, session.hash, lacks_factor=_lacks_factor(view, person, session.way)
        )

    def _of_app(self, app: App) -> Identity | None:
        person = self._person(app.tenant, app.user)
        if person is None or app.proof != proof_of(person):
            return None
        lacks = _lacks_factor(self._directory().tenants[app.tenant], person, app.way)
        return Identity(app.tenant, person, False, None, lacks_factor=lacks, app=app)

    def _person(self, tenant: str, user: str) -> User | None:
        view = self._directory().tenants.get(tenant)
        person = view.users.get(user) if view is not None else None
        return person if person is not None and not person.disabled else None

    def _bearer(self, authorization: str) -> Identity | None:
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer":
            return None
        if token.startswith(PREFIXES):
            return self._of_key(token)
        if token.startswith(GRANT_PREFIX) and self._tokens is not None:
            granted = self._tokens.read(token, "access")
            return self.of_grant(granted) if granted is not None else None
        if token.startswith(APP_PREFIX) and self._apps is not None:
            app = self._apps.find(token)
            return self._of_app(app) if app is not None else None
        right = self._operator_token is not None and hmac.compare_digest(token.encode(), self._operator_token.encode())
        return Identity(None, None, True, None) if right else None

    def of_grant(self, granted: Granted) -> Identity | None:
        """Who asks with a token, as long as its key is the same one."""
        view = self._directory().tenants.get(granted.tenant)
        key = view.objects.get("api_key", {}).get(granted.key) if view is not None else None
        if not isinstance(key, ApiKey) or not key.key_sha256.startswith(granted.print):
            return None
        user = self._person(granted.tenant, granted.user) if granted.user is not None else None
        right = self.keys.still(granted.tenant, key) and (user is not None or granted.user is None)
        return Identity(granted.tenant, user, False, None, key) if right else None

    def _of_key(self, token: str) -> Identity | None:
        found = self.keys.find(token)
        if found is None:
            return None
        tenant, key = found
        user = self._person(tenant, key.user) if key.user is not None else None
        return Identity(tenant, user, False, None, key) if user is not None or key.user is None else None


def _lacks_factor(view: TenantView, person: User, way: str) -> bool:
    """Whether the company wants a second factor of somebody who has none and came in without one."""
    wanted = view.tenant.second_factor == "required" and way not in ("passkey", "sso", "link")
    return wanted and not has_second_factor(credentials_of(view, person.id))


def cookie_value(header: str | None, name: str) -> str | None:
    """One cookie of a Cookie header, or None."""
    try:
        morsel = SimpleCookie(header or "").get(name)
    except CookieError:
        return None
    return morsel.value if morsel is not None else None


def require(policy: Policy, identity: Identity | None, tried: bool = False) -> None:
    """Raises Problem 401 or 403 when the policy does not admit the identity; `tried`: there was a key or a token (RFC 6750 3)."""
    if policy in (Policy.PUBLIC, Policy.SITES):
        return
    if identity is None:
        challenge, detail = 'Bearer realm="softswitch"', "Sign in first."
        if tried:
            challenge, detail = (
                f'{challenge}, error="invalid_token"',
                "This key or token is not known here, or its time is over.",
            )
        raise Problem(401, "not_signed_in", detail, headers=(("WWW-Authenticate", challenge),))
    if policy is Policy.OPERATOR and not identity.operator:
        raise Problem(403, "operators_only", "Only operators of this node may do this.")


def require_shown(identity: Identity | None, shown: str | None) -> None:
    """Raises Problem 409 when a page shows somebody else than who is signed in by now: another window has the same cookie."""
    if identity is not None and shown not in (None, identity.signed_in_as):
        raise Problem(409, "other_person", "Somebody else is signed in by now: load the page again.")


def require_scope(identity: Identity | None, part: str | None, method: str) -> None:
    """Raises Problem 403 when a program's key, or an app, does not cover `part` of the API (None: nothing for programs)."""
    if identity is None or (identity.key is None and identity.app is None) or part == EVERYBODYS:
        return
    if part is None or not identity.may_use(part, method):
        wanted = part if part is None or method not in safe_methods else f"{part}:read"
        detail = "This page is for people." if wanted is None else f"The token needs the scope {wanted}."
        challenge = 'Bearer realm="softswitch", error="insufficient_scope"' + (f', scope="{wanted}"' if wanted else "")
        raise Problem(403, "insufficient_scope", detail, headers=(("WWW-Authenticate", challenge),))


def require_right(identity: Identity | None, part: str | None, method: str, asked: str | None) -> None:
    """Raises Problem 403 when the table of rights has nothing for the role in the company that is asked for."""
    column = identity.column(asked) if identity is not None else None
    if identity is None or part is None or column is None:
        return
    holder = identity.user.role if identity.key is not None and identity.user is not None else column
    if not (may(column, part, method) and may(holder, part, method)):
        verb = "look at" if method in safe_methods else "change"
        raise Problem(403, "right_required", f"Your role may not {verb} this ({part}).")
    if identity.lacks_factor and part not in (EVERYBODYS, "sign-in"):
        raise Problem(403, "second_factor_required", "Your company wants a second factor: add one first.")
    if identity.visitor is not None and part in VISITORS_NEVER and method not in safe_methods:
        raise Problem(403, "visitors_never", "This is for the person alone: end the visit first.")


def require_same_site(method: str, headers: Headers | Mapping[str, str], own_origin: str) -> None:
    """Refuse a changing request that a browser sends on behalf of another site (beside SameSite=Lax cookies).

    Every browser of today sends one of the two headers with a POST; a request with neither is no page of ours.
    """
    if method in safe_methods:
        return
    site, origin = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    if (site in ("same-origin", "none") and origin in (None, own_origin)) or (site is None and origin == own_origin):
        return
    raise Problem(403, "cross_site", "This request did not come from a page of this server.")
