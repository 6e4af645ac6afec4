"""The stock on its shelf, one for all nodes of a region. Of many who want a number at once, one gets it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_urlsafe

from history.shelves import NODE, STOCK, Body, Drop, Put, Query, Shelves, Where
from mgmt.limits import reservations_max, stock_searched_max
from mgmt.market.stock import AVAILABLE, GONE, RESERVED, NotNow, Step, StockNumber, stepped


class NoSuchNumber(LookupError):
    """Theirs: it is not in stock."""


class TooManyReservations(Exception):
    """Theirs: first order or cancel what you have reserved."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a customer looks for; `contains` is digits."""

    country: str = "US"
    kind: str | None = None
    area: str | None = None
    contains: str = ""
    sms: bool = False

    def fits(self, found: StockNumber) -> bool:
        """Whether a number is one of those."""
        return (
            found.country == self.country
            and self.kind in (None, found.kind)
            and (self.area is None or found.area.startswith(self.area[:3]))
            and self.contains in found.number
            and (found.sms or not self.sms)
        )


@dataclass(frozen=True, slots=True)
class Inventory:
    """The stock of a region."""

    shelves: Shelves
    clock: Callable[[], float]

    def get(self, number: str) -> StockNumber | None:
        """One number."""
        found = self.shelves.get(STOCK, NODE, number)
        return StockNumber.from_document(found) if found else None

    def add(self, numbers: list[StockNumber]) -> int:
        """Put new ones into stock; those that are there stay as they are. How many were new."""
        new = [one for one in numbers if self.get(one.number) is None]
        self.shelves.write([Put(STOCK, NODE, one.number, one.to_document()) for one in new])
        return len(new)

    def page(
        self, wanted: dict[str, str], after: tuple[float, str] | None, limit: int
    ) -> list[tuple[tuple[float, str], StockNumber]]:
        """Numbers with these fields, the one that changed last first, with their places."""
        where = tuple(Where(name, "=", value) for name, value in wanted.items())
        rows = self.shelves.page(STOCK, NODE, Query(where, after=after, limit=limit))
        return [((row.at or 0.0, row.id), StockNumber.from_document(row.body)) for row in rows]

    def search(self, wanted: Wanted, limit: int) -> list[StockNumber]:
        """Free numbers that fit; of a very large stock those that changed last are looked at."""
        found: list[StockNumber] = []
        query = {"state": AVAILABLE, "country": wanted.country}
        for _, one in self.page(query, None, stock_searched_max):
            if wanted.fits(one):
                found.append(one)
                if len(found) >= limit:
                    break
        return found

    def held(self, tenant: str) -> list[StockNumber]:
        """What a company reserved or has."""
        return [one for _, one in self.page({"holder": tenant}, None, stock_searched_max)]

    def given_up(self, tenant: str) -> list[StockNumber]:
        """What a company had until it gave it up."""
        return [one for _, one in self.page({"former": tenant}, None, stock_searched_max)]

    def reserve(self, number: str, tenant: str, by: str) -> StockNumber:
        """For a quarter of an hour. Raises `NoSuchNumber`, `NotNow` (somebody has it), `TooManyReservations`."""
        now = self.clock()
        mine = [one for one in self.held(tenant) if one.state == RESERVED and (one.until or 0.0) > now]
        again = next((one for one in mine if one.number == number), None)
        if again is not None:
            return again
        if len(mine) >= reservations_max:
            raise TooManyReservations(tenant)
        return self.step(number, Step.RESERVE, by, holder=tenant, reservation=token_urlsafe(16))

    def reserved(self, reservation: str, tenant: str) -> StockNumber:
        """The number of a reservation or of the order it became. Raises `NoSuchNumber`."""
        found = next((one for one in self.held(tenant) if one.reservation == reservation), None)
        if found is None:
            raise NoSuchNumber(reservation)
        return found

    def step(
        self,
        number: str,
        step: Step,
        by: str,
        holder: str | None = None,
        reservation: str | None = None,
        target: dict[str, str] | None = None,
        given_up: Body | None = None,
    ) -> StockNumber:
        """Walk one step with nobody between. Raises `NoSuchNumber`, `NotNow`."""
        now, gone = self.clock(), list[StockNumber]()

        def change(body: Body) -> Body | None:
            after = stepped(StockNumber.from_document(body), step, by, now, holder, reservation, target, given_up)
            gone[:] = [after] if after.state == GONE else []
            return None if gone else after.to_document()

        found = self.shelves.change(STOCK, NODE, number, change)
        if found is not None:
            return StockNumber.from_document(found)
        if gone:
            return gone[0]
        raise NoSuchNumber(number)

    def forget(self, number: str) -> None:
        """Take a free number out of stock. Raises `NoSuchNumber`, `NotNow`."""
        found = self.get(number)
        if found is None:
            raise NoSuchNumber(number)
        if found.state != AVAILABLE:
            raise NotNow(f"{number} is {found.state}")
        self.step(number, Step.BLOCK, "operator")  # nobody reserves it from here on
        self.shelves.write([Drop(STOCK, NODE, number)])
