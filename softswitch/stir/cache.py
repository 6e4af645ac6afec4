"""What was fetched by URL, and URLs that gave nothing; bounded, forgotten with time. `now` is epoch seconds.

Two tables: whoever sends many URLs that lead nowhere pushes nothing good out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from softswitch.stir.faults import Fault
from softswitch.stir.limits import CACHED_MAX, CACHED_S_MAX, NEGATIVE_S_MAX

V = TypeVar("V")
Held = dict[str, tuple[float, V]]


class Cache(Generic[V]):
    """A value is kept for an hour, or until it is good no more (`good_until`); a failure for a minute."""

    def __init__(self, good_until: Callable[[V], float], held_max: int = CACHED_MAX) -> None:
        self._good_until, self._held_max = good_until, held_max
        self._values: Held[V] = {}
        self._failures: Held[Fault] = {}

    def find(self, url: str, now: float) -> V | Fault | None:
        """What is known of a URL, None when it has to be asked."""
        return _find(self._values, url, now) or _find(self._failures, url, now)

    def keep(self, url: str, found: V | Fault, now: float) -> None:
        """Remembers; the oldest of its kind gives way."""
        if isinstance(found, Fault):
            _keep(self._failures, url, found, now + NEGATIVE_S_MAX, self._held_max)
        else:
            # One that is no good any more is kept as well: it is refused as quickly as it was fetched.
            good_s = self._good_until(found) - now
            until = now + (CACHED_S_MAX if good_s <= 0 else min(CACHED_S_MAX, good_s))
            _keep(self._values, url, found, until, self._held_max)


def _find(table: Held[V], url: str, now: float) -> V | None:
    held = table.get(url)
    if held is None:
        return None
    if now >= held[0]:
        del table[url]
        return None
    return held[1]


def _keep(table: Held[V], url: str, found: V, until: float, held_max: int) -> None:
    table.pop(url, None)
    table[url] = until, found
    if len(table) > held_max:
        del table[next(iter(table))]
