"""Remembered answers: a request repeated with the same Idempotency-Key gets the first answer and has one effect.

The key is bound to who asks, method and path; the same key with another body is refused. Kept 24 hours. An answer that
carries a secret is not kept: its repetition is refused instead of showing the secret twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from mgmt.access.sessions import hash_of
from mgmt.database import Database
from mgmt.http.errors import Problem
from mgmt.limits import idempotency_age_s_max, idempotency_body_bytes_max, idempotency_key_chars_max


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered first."""

    status: int
    type: str
    headers: dict[str, str]
    body: bytes


class Answers:
    """The remembered answers of one database."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def begin(self, key: str, who: str, method: str, path: str, body: bytes) -> Answer | None:
        """Claim the key: None means do it. Raises Problem 400 (key), 409 (still running or secret), 422 (other body)."""
        if not (0 < len(key) <= idempotency_key_chars_max and key.isprintable()):
            raise Problem(400, "invalid_idempotency_key", "This Idempotency-Key is empty or too long.")
        name, request = _name(key, who, method, path), hash_of(body.decode("latin-1"))
        with self._database.write() as sql:
            sql.execute("DELETE FROM answer WHERE created_at < ?", (self._clock() - idempotency_age_s_max,))
            claimed = sql.execute(
                "INSERT OR IGNORE INTO answer (key, request, created_at) VALUES (?, ?, ?)",
                (name, request, self._clock()),
            )
            if claimed.rowcount == 1:
                return None
        row = cast(
            Any, self._database.row("SELECT request, status, type, headers, body FROM answer WHERE key = ?", name)
        )
        if row is None or row[1] is None:
            raise Problem(409, "request_in_progress", "The first request with this Idempotency-Key has no kept answer.")
        if row[0] != request:
            raise Problem(422, "idempotency_key_reused", "This Idempotency-Key was used with another body.")
        return Answer(int(row[1]), row[2], json.loads(row[3]), bytes(row[4]))

    def finish(self, key: str, who: str, method: str, path: str, answer: Answer | None) -> None:
        """Keep the answer; None, or a failure of ours (5xx), gives the key free so that the request may be tried again."""
        name = _name(key, who, method, path)
        with self._database.write() as sql:
            if answer is None or answer.status >= 500 or len(answer.body) > idempotency_body_bytes_max:
                sql.execute("DELETE FROM answer WHERE key = ?", (name,))
            else:
                sql.execute(
                    "UPDATE answer SET status = ?, type = ?, headers = ?, body = ? WHERE key = ?",
                    (answer.status, answer.type, json.dumps(answer.headers), answer.body, name),
                )


def _name(key: str, who: str, method: str, path: str) -> str:
    return hash_of("\n".join((who, method, path, key)))
