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
        row = (
            hash_of(secret),
            tenant,
            user,
            operator,
            now,
            now,
            now,
            way,
            where.address,
            where.agent[:agent_chars_max],
        )
        with self._database.write() as sql:
            sql.execute(
                "DELETE FROM session WHERE created_at < ? OR seen_at < ?",
                (now - session_age_s_max, now - session_idle_s_max),
            )
            sql.execute("INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL)", row)
            sql.execute(
                "DELETE FROM session WHERE hash IN (SELECT hash FROM session WHERE tenant IS ? AND user IS ?"
                " ORDER BY seen_at DESC, hash LIMIT -1 OFFSET ?)",
                (tenant, user, session_per_user_max),
            )
        return secret

    def find(self, secret: str) -> Session | None:
        """The living session of a cookie, marked as seen now."""
        return self.find_hash(hash_of(secret))

    def find_hash(self, hash_text: str) -> Session | None:
        """As `find`, for who kept only the hash (an open event stream)."""
        now = self._clock()
        row = self._database.row(f"{_SELECT} WHERE hash = ? AND {_ALIVE}", hash_text, *self._oldest())
        found = _session(row) if row is not None else None
        if found is not None and now - found.seen_at > session_touch_s:
            with self._database.write() as sql:
                sql.execute("UPDATE session SET seen_at = ? WHERE hash = ?", (now, hash_text))
        if found is not None and found.visit is not None and found.visit.until <= now:
            return replace(found, visit=None)
        return found

    def of_user(self, tenant: str | None, user: str | None) -> list[Session]:
        """The living sessions of a person, the one seen last first."""
        order = "ORDER BY seen_at DESC, hash"
        rows = self._database.rows(
            f"{_SELECT} WHERE tenant IS ? AND user IS ? AND {_ALIVE} {order}", tenant, user, *self._oldest()
        )
        return [_session(row) for row in rows]

    def confirm(self, hash_text: str) -> None:
        """They have just proved who they are."""
        with self._database.write() as sql:
            sql.execute("UPDATE session SET confirmed_at = ? WHERE hash = ?", (self._clock(), hash_text))

    def visit(self, hash_text: str, visit: Visit | None) -> None:
        """Act as somebody else from now on, or (None) as oneself again."""
        values = (visit.tenant, visit.user, visit.until) if visit is not None else (None, None, None)
        with self._database.write() as sql:
            sql.execute(
                "UPDATE session SET visit_tenant = ?, visit_user = ?, visit_until = ? WHERE hash = ?",
                (*values, hash_text),
            )

    def _oldest(self) -> tuple[float, float]:
        return self._clock() - session_age_s_max, self._clock() - session_idle_s_max

    def close(self, hash_text: str) -> None:
        """End one session."""
        with self._database.write() as sql:
            sql.execute("DELETE FROM session WHERE hash = ?", (hash_text,))

    def close_all(self, tenant: str | None, user: str | None, but: str = "") -> None:
        """End every session of a person, `but` one: after a new password nobody else stays signed in."""
        with self._database.write() as sql:
            sql.execute("DELETE FROM session WHERE tenant IS ? AND user IS ? AND hash != ?", (tenant, user, but))

    def end_all_of(self, tenant: str) -> None:
        """Sign everybody of a tenant out, and forget their one-time tokens."""
        with self._database.write() as sql:
            sql.execute("DELETE FROM session WHERE tenant = ?", (tenant,))
            sql.execute("DELETE FROM one_time_token WHERE tenant = ?", (tenant,))

    def issue_token(self, tenant: str | None = None, user: str | None = None) -> str:
        """A one-time token that signs in once within 15 minutes, as an operator."""
        secret, now = secrets.token_urlsafe(32), self._clock()
        with self._database.write() as sql:
            sql.execute("DELETE FROM one_time_token WHERE created_at < ?", (now - one_time_token_age_s_max,))
            sql.execute("INSERT INTO one_time_token VALUES (?, ?, ?, ?)", (hash_of(secret), tenant, user, now))
        return secret

    def use_token(self, secret: str) -> TokenUse | None:
        """Take the token away and say what it was for; None when unknown, used or too old."""
        with self._database.write() as sql:
            row = sql.execute(
                "DELETE FROM one_time_token WHERE hash = ? RETURNING tenant, user, created_at", (hash_of(secret),)
            ).fetchone()
        if row is None or self._clock() - row[2] > one_time_token_age_s_max:
            return None
        return TokenUse(row[0], row[1])


_SELECT = (
    "SELECT hash, tenant, user, operator, created_at, seen_at, confirmed_at, way, address, agent,"
    " visit_tenant, visit_user, visit_until FROM session"
)
_ALIVE = "created_at >= ? AND seen_at >= ?"


def _session(row: tuple[Any, ...]) -> Session:
    visit = Visit(row[10], row[11], row[12]) if row[10] is not None else None
    return Session(row[0], row[1], row[2], bool(row[3]), row[4], row[5], row[6], row[7], Client(row[8], row[9]), visit)
