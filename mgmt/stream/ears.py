"""Which tenants' live events a process hears: those somebody looks at. Those of others are not sent here, and cost nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection

from configdb.bus import BusSubscription
from mgmt.limits import live_watch_s


class Ears:
    """`hear` may be called by any thread. follow: hears the event log, until its result is called; while there is anybody."""

    def __init__(
        self, subscription: BusSubscription, follow: Callable[[], Callable[[], None]], clock: Callable[[], float]
    ) -> None:
        self._subscription, self._follow, self._clock = subscription, follow, clock
        self._lock = threading.Lock()
        self._since: dict[str, float] = {}
        self._unfollow: Callable[[], None] | None = None

    def hear(self, tenant: str) -> None:
        """Somebody looks at it now."""
        with self._lock:
            if tenant not in self._since:
                self._subscription.hear(_pattern(tenant))
            self._since[tenant] = self._clock()
            if self._unfollow is None:
                self._unfollow = self._follow()

    def keep(self, tenants: Collection[str]) -> None:
        """Only these are looked at; who came a moment ago stays as well."""
        for tenant in tenants:
            self.hear(tenant)
        before = self._clock() - live_watch_s
        with self._lock:
            for tenant in [one for one, since in self._since.items() if since < before]:
                del self._since[tenant]
                self._subscription.unhear(_pattern(tenant))
            if not self._since and self._unfollow is not None:
                self._unfollow()
                self._unfollow = None


def _pattern(tenant: str) -> str:
    return f"events.{tenant}.*"
