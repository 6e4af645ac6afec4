"""Fetched certificate chains by URL, and URLs that gave none; bounded, forgotten with time. `now` is epoch seconds."""

from __future__ import annotations

from softswitch.stir.credential import Chain, expires_at
from softswitch.stir.faults import Fault
from softswitch.stir.limits import CACHED_MAX, CACHED_S_MAX, NEGATIVE_S_MAX


class CertificateCache:
    """A chain is kept for an hour, or until it expires; a failure for a minute."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[float, Chain | Fault]] = {}

    def find(self, url: str, now: float) -> Chain | Fault | None:
        """What is known of a URL, None when it has to be asked."""
        held = self._held.get(url)
        if held is None:
            return None
        until, found = held
        if now >= until:
            del self._held[url]
            return None
        return found

    def keep(self, url: str, found: Chain | Fault, now: float) -> None:
        """Remembers; the oldest gives way."""
        if isinstance(found, Fault):
            until = now + NEGATIVE_S_MAX
        else:
            # An expired chain is kept as well: it is refused as quickly as it was fetched.
            until = now + CACHED_S_MAX if expires_at(found) <= now else min(now + CACHED_S_MAX, expires_at(found))
        self._held.pop(url, None)
        self._held[url] = until, found
        if len(self._held) > CACHED_MAX:
            del self._held[next(iter(self._held))]
