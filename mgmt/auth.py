"""Who asks: session cookie or operator token to `Identity`, the three policies, and the same-site check (ASVS 3.5, 7).

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
from configdb.snapshot import Directory
from mgmt.errors import Problem
from mgmt.sessions import Sessions

Role = Literal["owner", "manager", "user"]
safe_methods = frozenset({"GET", "HEAD", "OPTIONS"})


class Policy(Enum):
    """Who may use a web app: everybody, whoever is signed in, or operators of the node only."""

    PUBLIC = "public"
    SESSION = "session"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks. `session` is the hash of the session's id; None means the operator token was sent."""

    tenant: str | None
    user: User | None
    operator: bool
    session: str | None

    @property
    def actor(self) -> str:
        """The name written beside a change."""
        return f"{self.tenant}/{self.user.id}" if self.user is not None else "operator"

    @property
    def role(self) -> Role | None:
        """The role in the own tenant; None for an operator without a user."""
        return self.user.role if self.user is not None else None


class Door:
    """Recognises identities. `operator_token` None: no bearer token is ever accepted."""

    def __init__(
        self, sessions: Sessions, directory: Callable[[], Directory], operator_token: str | None, secure: bool
    ) -> None:
        self._sessions = sessions
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
        """Whether the session of an open stream is still alive (the operator token always is)."""
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
        if scheme.lower() != "bearer" or self._operator_token is None:
            return None
        right = hmac.compare_digest(token.strip().encode(), self._operator_token.encode())
        return Identity(None, None, True, None) if right else None


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
