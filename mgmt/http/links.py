"""Short links to one thing: signed for a method and a path, for fifteen minutes unless said otherwise (ASVS 14.2.1, RFC 2104).

A link carries `exp` (epoch seconds), `sub` (who asked for it, for the audit) and `sig`. Nothing is kept: whoever holds the
link may use it until it ends, so it is made when it is needed.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from mgmt.limits import link_age_s_max, link_skew_s_max


class Links:
    """Makes and checks links with one key."""

    def __init__(self, key: bytes, clock: Callable[[], float]) -> None:
        self._key, self._clock = key, clock

    def signed(self, method: str, path: str, subject: str, age_s: int = link_age_s_max) -> tuple[str, float]:
        """The path with its query, and when it ends."""
        expires = int(self._clock()) + age_s
        query = {"exp": str(expires), "sub": subject, "sig": self._signature(method, path, subject, expires)}
        return f"{path}?{urlencode(query)}", float(expires)

    def holds(self, method: str, path: str, given: Mapping[str, str], age_s_max: int = link_age_s_max) -> bool:
        """Whether the query of a request is a link's for exactly this, of such an age at most; HEAD counts as GET."""
        text = given.get("exp", "")
        if not (text.isascii() and text.isdigit() and len(text) < 13):
            return False
        expires, now = int(text), self._clock()
        if not now - link_skew_s_max <= expires <= now + age_s_max + link_skew_s_max:
            return False
        right = self._signature("GET" if method == "HEAD" else method, path, given.get("sub", ""), expires)
        return hmac.compare_digest(right.encode(), given.get("sig", "").encode("utf-8", "replace"))

    def _signature(self, method: str, path: str, subject: str, expires: int) -> str:
        said = "\n".join((method, path, subject.replace("\n", " "), str(expires)))
        return base64.urlsafe_b64encode(hmac.digest(self._key, said.encode(), "sha256")).decode().rstrip("=")
