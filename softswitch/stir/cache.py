"""Fetched certificate chains by URL, and URLs that gave none; bounded, forgotten with time. `now` is epoch seconds.

Two tables: whoever sends many URLs that lead nowhere pushes no certificate out.
"""

from __future__ import annotations

from typing import TypeVar

from softswitch.stir.credential import Chain, expires_at
from softswitch.stir.faults import Fault
from softswitch.stir.limits import CACHED_MAX, CACHED_S_MAX, NEGATIVE_S_MAX

V = TypeVar("V")
Held = dict[str, tuple[float, V]]


class CertificateCache:
    """A chain is kept for an hour, or until it expires; a failure for a minute."""

    def __init__(self) -> None:
        self._chains: Held[Chain] = {}
        self._failures: Held[Fault] = {}

    def find(self, url: str, now: float) -> Chain | Fault | None:
        """What is known of a URL, None when it has to be asked."""
        return _find(self._chains, url, now) or _find(self._failures, url, now)

    def keep(self, url: str, found: Chain | Fault, now: float) -> None:
        """Remembers; the oldest of its kind gives way."""
        if isinstance(found, Fault):
            _keep(self._failures, url, found, now + NEGATIVE_S_MAX)
        else:
            # An expired chain is kept as well: it is refused as quickly as it was fetched.
            good_s = expires_at(found) - now
            _keep(self._chains, url, found, now + (CACHED_S_MAX if good_s <= 0 else min(CACHED_S_MAX, good_s)))


def _find(table: Held[V], url: str, now: float) -> V | None:
    held = table.get(url)
    if held is None:
        return None
    if now >= held[0]:
        del table[url]
        return None
    return held[1]


def _keep(table: Held[V], url: str, found: V, until: float) -> None:
    table.pop(url, None)
    table[url] = until, found
    if len(table) > CACHED_MAX:
        del table[next(iter(table))]
