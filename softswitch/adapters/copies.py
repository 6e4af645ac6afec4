"""Copies of rows of kept state: what this node tells the others of its own, what it takes of theirs, and which of two counts.

What the home of a tenant tells counts: a row that it does not have is gone. Two tables are different, those of who registered
and who subscribed (`softswitch.cluster.rows.OF_PHONES`): what a phone did is true whichever node it asked. There the later of two
changes counts, and a row that the home lacks stays, and is told it, when it was changed after the home last heard of this node:

```
   X dies ──── phone registers at Y ──── power of all is cut ──── X starts first, alone ──── Y starts
   X tells all it has, and until when it knew what Y knew (`known_until`); Y keeps what is later, and tells X
```
The same rule joins nodes that were cut off from each other, both of which served what reached them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Any

from configdb.bus import Bus, Document
from configdb.snapshot import Directory
from softswitch.adapters.state import Address, StateLog
from softswitch.cluster import rows as wire
from softswitch.cluster.limits import CLOCKS_APART_S_MAX, SYNC_S_MAX
from softswitch.cluster.members import home_of

ALL = "all"


class Copies:
    """See the module. `mine`: the tenants that are served here; `renew(rows)`: these of them were changed last elsewhere."""

    def __init__(
        self,
        name: str,
        bus: Bus,
        state: StateLog,
        mine: Callable[[], frozenset[str]],
        directory: Callable[[], Directory],
        renew: Callable[[frozenset[Address]], None],
    ) -> None:
        self._name, self._bus, self._state = name, bus, state
        self._mine, self._directory, self._renew = mine, directory, renew
        self._known_until: dict[str, float] = {}
        self._came_at: dict[str, float] = {}
        self._doubtful: dict[str, set[Address]] = {}

    def heard(self, node: str, is_new: bool, now: float) -> None:
        """A node lives: what it knows is known here, but for one that was away, until it has told all, or had the time to."""
        if is_new:
            self._came_at[node] = now
        elif now - self._came_at.get(node, -inf) > SYNC_S_MAX:
            self._came_at.pop(node, None)
            self._known_until[node] = self._state.wall()

    def changed(self, table: str, key: str, value: Any, changed_at: float) -> None:
        """This switch has changed a row: all are told if it is for them."""
        tenant = wire.tenant_of(table, key, value)
        if tenant is not None and (tenant in self._mine() or not tenant):
            self._tell(ALL, [(table, key, value, changed_at)])

    def send_all(self, node: str, able: tuple[str, ...]) -> None:
        """Every row of the tenants that are served here; the first page says so, and who can be home."""
        mine = self._mine()
        pages = list(wire.pages(one for one in self._state.all() if wire.tenant_of(*one[:3]) in mine))
        for number, page in enumerate(pages, 1):
            first = {"whole": able, "known_until": self._until(node)} if number == 1 else {}
            self._tell(node, page, **first, last=number == len(pages))

    def take(self, teller: str, document: Document) -> None:
        """Rows that a node has told. Raises KeyError, TypeError or ValueError for what is none."""
        renewed = set[Address]()
        if "whole" in document:
            self._doubtful[teller] = self._compare(teller, document)
        doubtful = self._doubtful.get(teller, set())
        rows = document["rows"]
        times = document.get("changed_at", [None] * len(rows))  # a version before did not say
        for (table, key, value), changed_at in zip(rows, times, strict=True):
            address = str(table), str(key)
            doubtful.discard(address)
            if self._takes(teller, address, value, None if changed_at is None else float(changed_at)):
                renewed.add(address)
        if document.get("last"):
            renewed |= self._drop(self._doubtful.pop(teller, set()))
            self._came_at.pop(teller, None)
        if renewed:
            self._renew(frozenset(renewed))
            now = self._state.wall()
            rows = [(*one, self._state.row(one), self._state.changed_at(one) or now) for one in sorted(renewed)]
            for page in wire.pages(rows):
                self._tell(ALL, page)

    def _takes(self, teller: str, address: Address, value: Any, changed_at: float | None) -> bool:
        """Writes a row down if it counts; whether what is served here is another one now."""
        held, held_at = self._state.row(address), self._state.changed_at(address)
        tenant = wire.tenant_of(*address, held if value is None else value)
        if tenant is None:
            return False
        is_mine = tenant in self._mine()
        if is_mine or (address[0] in wire.OF_PHONES and held_at is not None and changed_at is not None):
            last = self._until(teller) if held_at is None else held_at  # what it knew and is not here was removed
            if address[0] not in wire.OF_PHONES or changed_at is None or changed_at <= last:
                return False
        self._state.put(address, value, changed_at)
        return is_mine

    def _compare(self, teller: str, document: Document) -> set[Address]:
        """The rows of tenants that the teller serves which are gone if they are not among all those that it begins to tell.

        What it cannot know it is told. A version before does not say what it cannot know, nor when it ends: they are gone now.
        """
        able = tuple(map(str, document["whole"]))
        known_until = float(document.get("known_until", inf))
        homes: Mapping[str, str] = {tenant: home_of(tenant, able) for tenant in self._directory().tenants}
        mine, later, doubtful = self._mine(), list[wire.Stamped](), set[Address]()
        for row in self._state.all():
            table, key, value, changed_at = row
            tenant = wire.tenant_of(table, key, value)
            if tenant is None or homes.get(tenant) != teller:
                continue
            if table in wire.OF_PHONES and changed_at > known_until:
                later.append(row)
            elif tenant not in mine or (table in wire.OF_PHONES and known_until < inf):
                doubtful.add((table, key))
        for page in wire.pages(later) if later else ():
            self._tell(teller, page)
        if "last" not in document:
            self._drop(doubtful)
            doubtful.clear()
        return doubtful

    def _drop(self, rows: set[Address]) -> set[Address]:
        """They are gone; those of tenants that are served here."""
        mine = self._mine()
        ours = {one for one in rows if wire.tenant_of(*one, self._state.row(one)) in mine}
        for address in rows:
            self._state.put(address, None)
        return ours

    def _until(self, node: str) -> float:
        """Until when this node knew for certain all that another one knew, by the clock of either."""
        return self._known_until.get(node, self._state.known_until) - CLOCKS_APART_S_MAX

    def _tell(self, to: str, rows: list[wire.Stamped], **more: Any) -> None:
        told = [(table, key, wire.told(value, self._name)) for table, key, value, _ in rows]
        times = [changed_at for *_, changed_at in rows]
        self._bus.publish(f"cluster.rows.{to}", {"node": self._name, "rows": told, "changed_at": times, **more})
