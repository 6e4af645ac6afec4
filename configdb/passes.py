"""Passes: short texts that one process of a node signs and another one takes, once, within a short time (RFC 2104).

A pass is `BODY.SEAL`, both base64url: the body is a JSON list `[purpose, issued, expires, nonce, *facts]`. Its letters need no
escaping in a URI's user part (RFC 3261 25.1). Nothing is kept of a pass until it is used; used ones are kept until they expire.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
import threading
from collections.abc import Callable

PASS_CHARS_MAX = 900
USED_MAX = 50_000
SKEW_S = 5


class Passes:
    """Makes and takes passes with one key. Whoever takes keeps what was used in memory, so `since` is when it began:
    older passes may have been used before, and are refused. `clock` is wall time."""

    def __init__(self, key: bytes, clock: Callable[[], float], since: float = 0.0) -> None:
        self._key, self._clock, self._since = key, clock, since
        self._used: dict[str, float] = {}
        self._lock = threading.Lock()

    def issue(self, purpose: str, age_s: int, *facts: str) -> str:
        """A pass for these facts."""
        now = int(self._clock() * 1000)
        body = json.dumps([purpose, now, now + age_s * 1000, secrets.token_urlsafe(12), *facts], separators=(",", ":"))
        text = _coded(body.encode())
        return f"{text}.{self._seal(text)}"

    def read(self, purpose: str, text: str) -> tuple[str, ...] | None:
        """Its facts, None when it is none of ours, is over or was used. It may still be used."""
        found = self._opened(purpose, text)
        return None if found is None or found[0] in self._used else found[2]

    def take(self, purpose: str, text: str) -> tuple[str, ...] | None:
        """As `read`, and it is used up. With too many used ones to remember, none is taken."""
        now = self._clock()
        with self._lock:
            if len(self._used) >= USED_MAX:
                self._used = {nonce: ends for nonce, ends in self._used.items() if ends > now}
            found = self._opened(purpose, text)
            if found is None or found[0] in self._used or len(self._used) >= USED_MAX:
                return None
            self._used[found[0]] = found[1]
            return found[2]

    def _opened(self, purpose: str, text: str) -> tuple[str, float, tuple[str, ...]] | None:
        body, dot, seal = text.partition(".")
        if len(text) > PASS_CHARS_MAX or not dot or not hmac.compare_digest(self._seal(body).encode(), seal.encode()):
            return None
        try:
            given, issued, expires, nonce, *facts = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        except (binascii.Error, ValueError, RecursionError):
            return None
        now = self._clock() * 1000
        if given != purpose or not issued - SKEW_S * 1000 <= now < expires or issued < self._since * 1000:
            return None
        return nonce, expires / 1000, tuple(facts)

    def _seal(self, text: str) -> str:
        return _coded(hmac.digest(self._key, text.encode(), "sha256")[:16])


def _coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
