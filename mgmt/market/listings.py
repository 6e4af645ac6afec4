"""Listings on their shelf: what the configuration wants is asked of the suppliers, once for each change, whoever dies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import TYPE_CHECKING

from configdb.snapshot import Directory
from history.shelves import LISTINGS, Body, Put, Shelves, Where
from mgmt.limits import listing_patience_s, listing_tries_max
from mgmt.market.inventory import Inventory
from mgmt.market.listing import ASKED, BY_HAND, LISTED, Listing, asked, ended, wanted
from mgmt.market.stock import HOUSE
from mgmt.market.wires import SELLERS
from mgmt.outbox.channels import Channel
from mgmt.outbox.item import SENT, Failed, Item, Outcome, Refused
from mgmt.services.ledger import Report
from mgmt.sms.sending import known_supplier

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

period_s = 60.0
CHANNEL = "listing"


class NoSuchListing(LookupError):
    """Theirs: nothing of the kind is told of this number."""


@dataclass(frozen=True, slots=True)
class Listings:
    """Of a region."""

    shelves: Shelves

    def of(self, tenant: str) -> list[Listing]:
        """Those of a company, by number."""
        found = [Listing.from_document(body) for body in self.shelves.below(LISTINGS, tenant, "")]
        return sorted(found, key=lambda one: (one.number, one.what))

    def everywhere(self, state: str | None) -> Iterator[Listing]:
        """Those of all companies."""
        where = (Where("state", "=", state),) if state is not None else ()
        yield from (Listing.from_document(row.body) for row in self.shelves.everywhere(LISTINGS, where))

    def done(self, tenant: str, id: str, now: float) -> Listing:
        """The operator has told whoever is to be told. Raises `NoSuchListing`."""

        def change(body: Body) -> Body | None:
            found = Listing.from_document(body)
            if found.state != BY_HAND:
                return body
            return replace(found, state=LISTED, changed_at=now).to_document() if found.wanted else None

        before = self.shelves.get(LISTINGS, tenant, id)
        if before is None:
            raise NoSuchListing(id)
        after = self.shelves.change(LISTINGS, tenant, id, change)
        return Listing.from_document(after or {**before, "state": LISTED})


def run(parts: Parts) -> Report:
    """Ask what is wanted now and was not asked yet."""
    listings, directory, now = Listings(parts.history.shelves), parts.directory(), parts.clock()
    before = {(one.tenant, one.id): one for one in listings.everywhere(None)}
    new = {(one.tenant, one.id): one for one in _wanted(parts, directory, now)}
    for key in before.keys() - new.keys():
        new[key] = replace(before[key], wanted={}, changed_at=now)
    todo = [found for key, one in new.items() if (found := asked(before.get(key), one)) is not None]
    for one in [] if parts.errand.dry else todo:
        _ask(parts, one, now)
    return Report(len(todo), f"{len(todo)} listings of numbers to be told")


def _wanted(parts: Parts, directory: Directory, now: float) -> Iterator[Listing]:
    inventory, kinds = Inventory(parts.history.shelves, parts.clock), {}
    for id, row in directory.system.get("supplier", {}).items():
        kinds[id] = SELLERS.get(str(getattr(row, "kind", "")))
    for tenant, view in directory.tenants.items():
        for number, what, words in wanted(view):
            found = inventory.get(number)
            supplier = found.supplier if found is not None and found.supplier != HOUSE else ""
            seller = kinds.get(supplier)
            told = supplier if seller is not None and seller.tell is not None else ""
            yield Listing(number, tenant, what, words, now, told)


def _ask(parts: Parts, one: Listing, now: float) -> None:
    """The listing and its item in one write."""
    if one.state == BY_HAND:
        parts.history.shelves.write([Put(LISTINGS, one.tenant, one.id, one.to_document())])
        return
    id = f"list-{one.id}-{token_hex(6)}"
    payload = {"number": one.number, "what": one.what, "wanted": one.wanted, "listing": one.id}
    until = now + listing_patience_s
    item = Item(id, one.tenant, CHANNEL, one.supplier, payload, now, until, True, listing_tries_max, due_at=now)
    after = replace(one, item=id, state=ASKED, said="")
    parts.history.shelves.write([*parts.outbox.changes(item), Put(LISTINGS, one.tenant, one.id, after.to_document())])


def send(parts: Parts, item: Item) -> Outcome:
    """One attempt to tell a supplier; something else that is wanted meanwhile has an item of its own."""
    found = parts.history.shelves.get(LISTINGS, item.tenant, str(item.payload["listing"]))
    if found is None or found["item"] != item.id:
        return Refused("something else is wanted meanwhile")
    known = known_supplier(parts.directory(), parts.sealer, item.destination)
    seller = SELLERS.get(known.row.kind) if known is not None else None
    if known is None or seller is None or seller.tell is None:
        return Failed(f"there is no supplier {item.destination} that takes listings")
    told = str(item.payload["number"]), str(item.payload["what"]), dict(item.payload["wanted"])
    return seller.tell(known, *told, parts.web)


def finished(parts: Parts, item: Item) -> None:
    """Told, or why not."""
    said, now = None if item.state == SENT else item.said or item.state, parts.clock()

    def change(body: Body) -> Body | None:
        after = ended(Listing.from_document(body), item.id, said, now)
        return after.to_document() if after is not None else None

    parts.history.shelves.change(LISTINGS, item.tenant, str(item.payload["listing"]), change)


def channel() -> Channel[Parts]:
    """The row of the table of channels."""
    return Channel(CHANNEL, send, finished)
