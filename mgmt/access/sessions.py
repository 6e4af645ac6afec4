"""Web sessions and one-time tokens: opaque random ids, kept as SHA-256 only, with an age and an idle limit (ASVS 7.2-7.4)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from mgmt.database import Database
from mgmt.limits import (
    agent_chars_max,
    one_time_token_age_s_max,
    session_age_s_max,
    session_idle_s_max,
    session_per_user_max,
    session_touch_s,
)

Way = Literal["link", "password", "second_factor", "passkey", "sso"]
"""How somebody came in."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Whom a session acts as for a while."""

    tenant: str
    user: str
    until: float


@dataclass(frozen=True, slots=True)
class Client:
    """Where a session was opened: address and the browser's name for itself."""

    address: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in. `tenant` and `user` are None for an operator on a node that has no tenant yet.

    confirmed_at: when they last proved who they are.
    """

    hash: str
    tenant: str | None
    user: str | None
    operator: bool
    created_at: float
    seen_at: float
    confirmed_at: float
    way: str
    client: Client
    visit: Visit | None


@dataclass(frozen=True, slots=True)
class TokenUse:
    """What a one-time token asked for; None: the server chooses the first owner."""

    tenant: str | None
    user: str | None


def hash_of(secret: str) -> str:
    """What is kept of an id: a random 256-bit value needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Sessions:
    """The sessions and tokens of one database; `clock` is wall time in seconds."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def open(
        self, tenant: str | None, user: str | None, operator: bool, way: Way = "password", client: Client | None = None
    ) -> str:
        """A new session; the id returned is the cookie's value and is kept nowhere."""
        secret, now, where = secrets.token_urlsafe(32), self._clock(), client or Client()
        body = {
            "tenant": tenant,
            "user": user,
            "operator": operator,
            "created_at": now,
            "seen_at": now,
            "confirmed_at": now,
            "way": way,
            "address": where.address,
            "agent": where.agent[:agent_chars_max],
        }
        self._database.put("session", hash_of(secret), body, _end(now, now), _owner(tenant, user))
        for old in self.of_user(tenant, user)[session_per_user_max:]:
            self.close(old.hash)
        return secret

    def find(self, secret: str) -> Session | None:
        """The living session of a cookie, marked as seen now."""
        return self.find_hash(hash_of(secret))

    def find_hash(self, hash_text: str) -> Session | None:
        """As `find`, for who kept only the hash (an open event stream)."""
        now, body = self._clock(), self._database.get("session", hash_text)
        if body is None:
            return None
        found = _session(hash_text, body)
        if now - found.seen_at > session_touch_s:
            self._change(hash_text, seen_at=now)
        if found.visit is not None and found.visit.until <= now:
            return replace(found, visit=None)
        return found

    def of_user(self, tenant: str | None, user: str | None) -> list[Session]:
        """The living sessions of a person, the one seen last first."""
        found = [_session(key, body) for key, body in self._database.of("session", _owner(tenant, user))]
        return sorted(found, key=lambda session: -session.seen_at)

    def confirm(self, hash_text: str) -> None:
        """They have just proved who they are."""
        self._change(hash_text, confirmed_at=self._clock())

    def visit(self, hash_text: str, visit: Visit | None) -> None:
        """Act as somebody else from now on, or (None) as oneself again."""
        self._change(hash_text, visit=None if visit is None else [visit.tenant, visit.user, visit.until])

    def _change(self, hash_text: str, **values: Any) -> None:
        body = self._database.get("session", hash_text)
        if body is not None:
            end = _end(body["created_at"], {**body, **values}["seen_at"])
            self._database.change("session", hash_text, lambda kept: {**kept, **values}, end)

    def close(self, hash_text: str) -> None:
        """End one session."""
        self._database.take("session", hash_text)

    def close_all(self, tenant: str | None, user: str | None, but: str = "") -> None:
        """End every session of a person, `but` one: after a new password nobody else stays signed in."""
        self._database.drop_of("session", _owner(tenant, user), but)

    def end_all_of(self, tenant: str) -> None:
        """Sign everybody of a tenant out, and forget their one-time tokens."""
        self._database.drop_below("session", f"{tenant}/")
        self._database.drop_below("token", f"{tenant}/")

    def issue_token(self, tenant: str | None = None, user: str | None = None) -> str:
        """A one-time token that signs in once within 15 minutes, as an operator."""
        secret, end = secrets.token_urlsafe(32), self._clock() + one_time_token_age_s_max
        body = {"tenant": tenant, "user": user}
        self._database.put("token", hash_of(secret), body, end, _owner(tenant, user))
        return secret

    def use_token(self, secret: str) -> TokenUse | None:
        """Take the token away and say what it was for; None when unknown, used or too old."""
        body = self._database.take("token", hash_of(secret))
        return None if body is None else TokenUse(body["tenant"], body["user"])


def _owner(tenant: str | None, user: str | None) -> str:
    return f"{tenant or ''}/{user or ''}"


def _end(created_at: float, seen_at: float) -> float:
    return min(created_at + session_age_s_max, seen_at + session_idle_s_max)


def _session(hash_text: str, body: dict[str, Any]) -> Session:
    names = ("tenant", "user", "operator", "created_at", "seen_at", "confirmed_at", "way")
    visit = body.get("visit")
    return Session(
        hash_text,
        **{name: body[name] for name in names},
        client=Client(body["address"], body["agent"]),
        visit=None if visit is None else Visit(*visit),
    )
