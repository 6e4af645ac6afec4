"""Remembered answers: a request repeated with the same Idempotency-Key gets the first answer and has one effect.

The key is bound to who asks, method and path; the same key with another body is refused. Kept 24 hours. An answer that
carries a secret is not kept: its repetition is refused instead of showing the secret twice.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

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
        if self._database.add("answer", name, {"request": request}, self._clock() + idempotency_age_s_max):
            return None
        kept = self._database.get("answer", name)
        if kept is None or "status" not in kept:
            raise Problem(409, "request_in_progress", "The first request with this Idempotency-Key has no kept answer.")
        if kept["request"] != request:
            raise Problem(422, "idempotency_key_reused", "This Idempotency-Key was used with another body.")
        return Answer(kept["status"], kept["type"], kept["headers"], base64.b64decode(kept["body"]))

    def finish(self, key: str, who: str, method: str, path: str, answer: Answer | None) -> None:
        """Keep the answer of what was done. What was refused or failed did nothing: its key may be used again, mended or not."""
        name = _name(key, who, method, path)
        if answer is None or answer.status >= 400 or len(answer.body) > idempotency_body_bytes_max:
            self._database.take("answer", name)
            return
        body = base64.b64encode(answer.body).decode()
        said = {"status": answer.status, "type": answer.type, "headers": answer.headers, "body": body}
        self._database.change("answer", name, lambda claimed: {**claimed, **said})


def _name(key: str, who: str, method: str, path: str) -> str:
    return hash_of("\n".join((who, method, path, key)))
