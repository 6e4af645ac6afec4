"""A customer of a shop that the company has connected: a copy, so that nobody who calls waits for a shop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from history import numbered
from history.documents import Document
from history.shelves import SHOPPER_NUMBERS, SHOPPERS, Change, Drop, Put, Query, Shelves, Where


@dataclass(frozen=True, slots=True)
class Shopper(Document):
    """`id` is of the shop and of the customer there. phones are E.164. spent: in `currency`, as the shop writes it.

    last_order: its name, "" for none; last_state: paid and sent or not, as the shop says. url: the customer in the shop's admin.
    """

    id: str
    tenant: str
    shop: str
    name: str
    changed_at: float
    email: str = ""
    phones: list[str] = field(default_factory=list)
    orders: int = 0
    spent: str = "0"
    currency: str = ""
    last_order: str = ""
    last_order_at: float | None = None
    last_total: str = ""
    last_state: str = ""
    url: str = ""


def puts(new: Shopper, before: Shopper | None) -> list[Change]:
    """What to write for a customer that is new or was `before`."""
    put = Put(SHOPPERS, new.tenant, new.id, new.to_document())
    return numbered.puts(SHOPPER_NUMBERS, put, new.phones, before.phones if before is not None else ())


def drops(gone: Shopper) -> list[Change]:
    """What to write when they go."""
    return numbered.drops(SHOPPER_NUMBERS, Drop(SHOPPERS, gone.tenant, gone.id), gone.phones)


def one(shelves: Shelves, tenant: str, id: str) -> Shopper | None:
    """One of them."""
    body = shelves.get(SHOPPERS, tenant, id)
    return Shopper.from_document(body) if body is not None else None


def at_number(shelves: Shelves, tenant: str, number: str) -> list[Shopper]:
    """Who has a number, who bought most often first."""
    bodies = numbered.at(shelves, SHOPPER_NUMBERS, SHOPPERS, tenant, number)
    found = [one for body in bodies if number in (one := Shopper.from_document(body)).phones]
    return sorted(found, key=lambda one: (-one.orders, one.id))


def of_shop(shelves: Shelves, tenant: str, shop: str, limit: int) -> list[Shopper]:
    """Some of a shop's."""
    rows = shelves.page(SHOPPERS, tenant, Query((Where("shop", "=", shop),), limit=limit))
    return [Shopper.from_document(row.body) for row in rows]


def of_email(shelves: Shelves, tenant: str, email: str, limit: int) -> Sequence[Shopper]:
    """Those with an address."""
    rows = shelves.page(SHOPPERS, tenant, Query((Where("email", "=", email),), limit=limit))
    return [Shopper.from_document(row.body) for row in rows]
