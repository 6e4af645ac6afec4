"""The outbox on its shelves: an item with its tenant, and beside it a note among all tenants' of when it is due.

The note is written first and removed last, so a crash anywhere leaves a note, which is looked at again, and never an item that
nobody thinks of. An item that is put a second time under its id is the first one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf, nextafter
from random import random
from secrets import token_hex
from typing import Any

from history.shelves import NODE, OUTBOX, PENDING, Body, Change, Drop, Put, Query, Row, Shelves, Where
from mgmt.limits import outbox_orphan_s, outbox_page_max, outbox_patience_s
from mgmt.outbox.item import SENDING, WAITING, Item, Outcome, again, claimed, key, settled


class Outbox:
    """Everything that goes out of a region. Any process may put; `by` is who sends in this one."""

    def __init__(self, shelves: Shelves, clock: Callable[[], float], by: str = "") -> None:
        self._shelves, self._clock = shelves, clock
        self._by = by or token_hex(8)

    # -- for who wants something sent ------------------------------------------------------------------------------

    def changes(self, item: Item) -> list[Change]:
        """What puts an item: for the same write as what it belongs to."""
        return [_note(item, item.due_at), Put(OUTBOX, item.tenant, item.id, item.to_document())]

    def put(self, item: Item) -> None:
        """Put one item; it is durable when this returns. Raises `StoreAway`."""
        self._shelves.write(self.changes(item))

    def get(self, tenant: str, id: str) -> Item | None:
        """One item."""
        found = self._shelves.get(OUTBOX, tenant, id)
        return Item.from_document(found) if found else None

    def again(self, tenant: str, id: str) -> Item | None:
        """Send a dead or uncertain one once more, because somebody says so; any other stays as it is."""
        now = self._clock()
        item = self.get(tenant, id)
        if item is None:
            return None
        self._shelves.write([_note(item, now)])
        return self._change(tenant, id, lambda found: again(found, now, outbox_patience_s))

    # -- for who sends ---------------------------------------------------------------------------------------------

    def due(self, channel: str | None = None) -> list[tuple[str, str]]:
        """Tenant and id of what is to be looked at now, the oldest first."""
        where = (Where("channel", "=", channel),) if channel is not None else ()
        query = Query(where, until=nextafter(self._clock(), inf), limit=outbox_page_max, oldest_first=True)
        return [(row.body["tenant"], row.body["id"]) for row in self._shelves.page(PENDING, NODE, query)]

    def claim(self, tenant: str, id: str) -> Item | None:
        """The item, `sending` by us when it is to be sent now, ended when that is still to be told; None: nothing to do."""
        now, by = self._clock(), f"{self._by}/{token_hex(4)}"
        item = self._change(tenant, id, lambda found: claimed(found, by, now))
        if item is None:
            self._forget_orphan(tenant, id)
            return None
        if item.state == SENDING:
            claim = item.claim or {}
            self._shelves.write([_note(item, float(claim.get("until", now)))])
            return item if claim.get("by") == by else None
        if item.state == WAITING:
            self._shelves.write([_note(item, item.due_at)])
            return None
        return item

    def postpone(self, tenant: str, id: str, wait_s: float) -> None:
        """Look at it later; it was not tried."""
        until = self._clock() + wait_s
        self._shelves.change(PENDING, NODE, f"{tenant}/{id}", lambda body: {**body, "due_at": until})

    def settle(self, item: Item, outcome: Outcome) -> Item:
        """Write down how an attempt ended. What ended is to be told, and then `forget`ten."""
        now, jitter = self._clock(), random()
        after = self._change(item.tenant, item.id, lambda found: settled(found, outcome, now, jitter)) or item
        if not after.ended:
            self._shelves.write([_note(after, after.due_at)])
        return after

    def empty(self, item: Item, payload: dict[str, Any]) -> None:
        """Keep less of what an item said."""
        self._change(item.tenant, item.id, lambda found: replace(found, payload=payload))

    def forget(self, item: Item) -> None:
        """Nothing more is done about an item that ended."""
        self._shelves.write([Drop(PENDING, NODE, key(item))])

    def waiting(self, count_max: int) -> int:
        """How many are not ended, in the whole region."""
        return self._shelves.count(PENDING, NODE, (), count_max)

    def oldest_at(self) -> float | None:
        """Since when the one that is due the longest is due."""
        found: list[Row] = self._shelves.page(PENDING, NODE, Query(limit=1, oldest_first=True))
        return found[0].at if found else None

    def _change(self, tenant: str, id: str, make: Callable[[Item], Item]) -> Item | None:
        def change(body: Body) -> Body:
            return make(Item.from_document(body)).to_document()

        found = self._shelves.change(OUTBOX, tenant, id, change)
        return Item.from_document(found) if found else None

    def _forget_orphan(self, tenant: str, id: str) -> None:
        """A note without an item: its writer is between the two, or died there, or the tenant was erased."""
        now = self._clock()

        def later(body: Body) -> Body | None:
            return None if body["made_at"] < now - outbox_orphan_s else {**body, "due_at": now + outbox_orphan_s / 10}

        self._shelves.change(PENDING, NODE, f"{tenant}/{id}", later)


def _note(item: Item, due_at: float) -> Put:
    body = {"tenant": item.tenant, "id": item.id, "channel": item.channel, "made_at": item.made_at, "due_at": due_at}
    return Put(PENDING, NODE, key(item), body)
