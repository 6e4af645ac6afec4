"""Passwords: argon2id with the OWASP parameters (19 MiB, 2 passes, 1 lane), few at a time (RELIABILITY.md 4)."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from mgmt.access.strength import weakness
from mgmt.http.errors import FieldError, Problem
from mgmt.limits import hash_parallel_max, hash_wait_s_max, password_chars_max


class Passwords:
    """Hashes and checks. An unknown account is checked against a decoy, so that it takes the same time."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._places = threading.BoundedSemaphore(hash_parallel_max)
        self._decoy = self._hasher.hash(secrets.token_urlsafe(24))

    def hash(self, password: str, about: Iterable[str] = ()) -> str:
        """The argon2id string to keep. Raises Problem 422 (too easy to guess), 503 (too many at once)."""
        detail = weakness(password, about)
        if detail is not None:
            raise Problem(422, "weak_password", f"A password {detail}.", (FieldError("/password", detail),))
        with _Place(self._places):
            return self._hasher.hash(password)

    def matches(self, kept: str | None, password: str) -> bool:
        """Whether the password belongs to the kept hash; always one full hash of work. Raises Problem 503."""
        with _Place(self._places):
            try:
                return self._hasher.verify(kept or self._decoy, password[:password_chars_max]) and kept is not None
            except (VerificationError, InvalidHashError):
                return False


class _Place:
    """One of the few places to hash in: waits a little, then refuses, so that memory and threads stay bounded."""

    def __init__(self, places: threading.BoundedSemaphore) -> None:
        self._places = places

    def __enter__(self) -> None:
        if not self._places.acquire(timeout=hash_wait_s_max):
            headers = (("Retry-After", "5"),)
            raise Problem(503, "busy", "Too many people are signing in at this moment. Try again.", headers=headers)

    def __exit__(self, *_: object) -> None:
        self._places.release()
