"""Who asks: session cookie, operator token or API key to `Identity`, policies and scopes, and the same-site check (ASVS 3.5, 7).

Knows no Flask: the event stream, which is a Twisted resource, asks the same questions with the same code.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from http.cookies import CookieError, SimpleCookie
from typing import Literal

from werkzeug.datastructures import Headers

from configdb.model import User
from configdb.office import ApiKey
from configdb.snapshot import Directory
from mgmt.api_keys import PREFIX, ApiKeys
from mgmt.errors import Problem
from mgmt.sessions import Sessions

Role = Literal["owner", "manager", "user"]
EVERYBODYS = "me"
"""The part of the API that every key may use."""
safe_methods = frozenset({"GET", "HEAD", "OPTIONS"})


class Policy(Enum):
    """Who may use a web app: everybody, whoever is signed in, or operators of the node only."""

    PUBLIC = "public"
    SESSION = "session"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks. `session` is the hash of the session's id; None means a program asks: an operator's, or one with `key`."""

    tenant: str | None
    user: User | None
    operator: bool
    session: str | None
    key: ApiKey | None = None

    @property
    def actor(self) -> str:
        """The name written beside a change."""
        if self.key is not None:
            return f"{self.tenant}/key:{self.key.id}"
        return f"{self.tenant}/{self.user.id}" if self.user is not None else "operator"

    @property
    def role(self) -> Role | None:
        """The role in the own tenant; None for an operator without a user. A user's key can no more than the user."""
        if self.key is not None and (self.user is None or self.user.role != "user"):
            return self.key.role
        return self.user.role if self.user is not None else None

    def may_use(self, part: str, method: str) -> bool:
        """Whether the scopes of a key cover a part of the API; people and operators have no scopes."""
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
    ) -> None:
        self._sessions = sessions
        self._keys = ApiKeys(directory, clock)
        self._directory = directory
        self._operator_token = operator_token
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
        return None if session is None else self._identity(session.tenant, session.user, session.operator, session.hash)

    def still_valid(self, identity: Identity) -> bool:
        """Whether the session or the key of an open stream is still alive (the operator token always is)."""
        if identity.key is not None:
            return self._keys.still(identity.tenant or "", identity.key)
        if identity.session is None:
            return True
        session = self._sessions.find_hash(identity.session)
        if session is None:
            return False
        return self._identity(session.tenant, session.user, session.operator, session.hash) is not None

    def _identity(self, tenant: str | None, user: str | None, operator: bool, session: str) -> Identity | None:
        if tenant is None or user is None:
            return Identity(None, None, operator, session) if operator else None
        view = self._directory().tenants.get(tenant)
        person = view.users.get(user) if view is not None else None
        return Identity(tenant, person, operator, session) if person is not None else None

    def _bearer(self, authorization: str) -> Identity | None:
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer":
            return None
        if token.startswith(PREFIX):
            return self._of_key(token)
        right = self._operator_token is not None and hmac.compare_digest(token.encode(), self._operator_token.encode())
        return Identity(None, None, True, None) if right else None

    def _of_key(self, token: str) -> Identity | None:
        found = self._keys.find(token)
        if found is None:
            return None
        tenant, key = found
        user = self._directory().tenants[tenant].users.get(key.user) if key.user is not None else None
        return Identity(tenant, user, False, None, key) if user is not None or key.user is None else None


def cookie_value(header: str | None, name: str) -> str | None:
    """One cookie of a Cookie header, or None."""
    try:
        morsel = SimpleCookie(header or "").get(name)
    except CookieError:
        return None
    return morsel.value if morsel is not None else None


def require(policy: Policy, identity: Identity | None) -> None:
    """Raises Problem 401 or 403 when the policy does not admit the identity."""
    if policy is Policy.PUBLIC:
        return
    if identity is None:
        headers = (("WWW-Authenticate", 'Bearer realm="softswitch"'),)
        raise Problem(401, "not_signed_in", "Sign in first.", headers=headers)
    if policy is Policy.OPERATOR and not identity.operator:
        raise Problem(403, "operators_only", "Only operators of this node may do this.")


def require_scope(identity: Identity | None, part: str | None, method: str) -> None:
    """Raises Problem 403 when a program's key does not cover `part` of the API (None: nothing for programs)."""
    if identity is None or identity.key is None or part == EVERYBODYS:
        return
    if part is None or not identity.may_use(part, method):
        wanted = part if part is None or method not in safe_methods else f"{part}:read"
        detail = "This page is for people." if wanted is None else f"The key needs the scope {wanted}."
        challenge = 'Bearer realm="softswitch", error="insufficient_scope"' + (f', scope="{wanted}"' if wanted else "")
        raise Problem(403, "insufficient_scope", detail, headers=(("WWW-Authenticate", challenge),))


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
