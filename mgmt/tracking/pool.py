"""A visitor gets a number of the pool and keeps it while they look around; when all are taken, the fallback.

A number is taken in one step on its shelf, so that of two visitors who want the same one, one gets it, whatever node they ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from configdb.tracking import Tracking
from history.shelves import LEASES, VISITS, Put, Shelves

Body = dict[str, Any]
SEEN = ("url", "yclid", "gclid")


@dataclass(frozen=True, slots=True)
class Pool:
    """The pool of one tracking of a tenant."""

    shelves: Shelves
    tenant: str
    tracking: Tracking

    def lease(self, client: str, seen: Mapping[str, str], now: float) -> tuple[str, bool]:
        """The number to show to a visitor, and whether it is theirs alone. `seen`: url, yclid, gclid as far as known."""
        leases = {str(one["number"]): one for one in self.shelves.below(LEASES, self.tenant, f"{self.tracking.id}/")}
        own = [number for number in self.tracking.numbers if leases.get(number, {}).get("client") == client]
        others = [number for number in self.tracking.numbers if number not in own]
        others.sort(key=lambda number: float(leases.get(number, {}).get("until", 0.0)))
        for number in (*own, *others):
            lease = leases.get(number)
            if lease is not None and lease["client"] != client and float(lease["until"]) > now:
                break  # the others are held even longer
            if self._take(number, lease, client, now):
                self._visited(number, lease, client, seen, now)
                return number, True
        return self.tracking.fallback, False

    def _take(self, number: str, lease: Body | None, client: str, now: float) -> bool:
        id, until = f"{self.tracking.id}/{number}", now + self.tracking.hold_s
        if lease is None:  # who came in between keeps it: client and until are marks of the shelf
            self.shelves.write([Put(LEASES, self.tenant, id, {"number": number, "client": "", "until": 0.0})])

        def make(found: Body) -> Body:
            free = found["client"] == client or float(found["until"]) <= now
            return {**found, "client": client, "until": until} if free else found

        taken = self.shelves.change(LEASES, self.tenant, id, make)
        return taken is not None and taken["client"] == client

    def _visited(self, number: str, lease: Body | None, client: str, seen: Mapping[str, str], now: float) -> None:
        """A visit is kept when it begins and when what brought the visitor is new; it is what calls are held against."""
        known = {name: seen.get(name, "") for name in SEEN}
        id = f"{number} {now:017.3f} {client}"
        continues = lease is not None and lease["client"] == client and float(lease["until"]) > now
        if not continues or known["yclid"] or known["gclid"]:
            visit = {"number": number, "tracking": self.tracking.id, "client": client, "at": now, **known}
            self.shelves.write([Put(VISITS, self.tenant, id, visit)])
