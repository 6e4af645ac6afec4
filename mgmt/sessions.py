"""Web sessions and one-time tokens: opaque random ids, kept as SHA-256 only, with an age and an idle limit (ASVS 7.2-7.4)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from mgmt.database import Database
from mgmt.limits import (
    one_time_token_age_s_max,
    session_age_s_max,
    session_idle_s_max,
    session_per_user_max,
    session_touch_s,
)


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in. `tenant` and `user` are None for an operator on a node that has no tenant yet."""

    hash: str
    tenant: str | None
    user: str | None
    operator: bool


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

    def open(self, tenant: str | None, user: str | None, operator: bool) -> str:
        """A new session; the id returned is the cookie's value and is kept nowhere."""
        secret, now = secrets.token_urlsafe(32), self._clock()
        with self._database.write() as sql:
            sql.execute(
                "DELETE FROM session WHERE created_at < ? OR seen_at < ?",
                (now - session_age_s_max, now - session_idle_s_max),
            )
            sql.execute(
                "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?)", (hash_of(secret), tenant, user, operator, now, now)
            )
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
        row = cast(
            Any,
            self._database.row(
                "SELECT tenant, user, operator, seen_at FROM session WHERE hash = ? AND created_at >= ? AND seen_at >= ?",
                hash_text,
                now - session_age_s_max,
                now - session_idle_s_max,
            ),
        )
        if row is None:
            return None
        if now - row[3] > session_touch_s:
            with self._database.write() as sql:
                sql.execute("UPDATE session SET seen_at = ? WHERE hash = ?", (now, hash_text))
        return Session(hash_text, row[0], row[1], bool(row[2]))

    def close(self, hash_text: str) -> None:
        """End one session."""
        with self._database.write() as sql:
            sql.execute("DELETE FROM session WHERE hash = ?", (hash_text,))

    def close_all(self, tenant: str | None, user: str | None) -> None:
        """End every session of a person: after a new password nobody else stays signed in."""
        with self._database.write() as sql:
            sql.execute("DELETE FROM session WHERE tenant IS ? AND user IS ?", (tenant, user))

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
