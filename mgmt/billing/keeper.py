"""The accounts of companies on their shelf; each change of state is one transaction of the company's configuration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from configdb.billing import Billing
from configdb.client import ConfigClient
from configdb.log import Change
from history.shelves import ACCOUNTS, Body, Shelves, upserted
from mgmt.billing.account import Account, aged, judged, spoken
from mgmt.billing.provider import Standing
from mgmt.market.inventory import Inventory, NoSuchNumber
from mgmt.market.ordering import Ordering
from mgmt.market.papers import Papers
from mgmt.market.stock import NotNow
from mgmt.outbox.box import Outbox

BY = "billing"
ID = "account"


@dataclass(frozen=True, slots=True)
class Keeper:
    """Over the parts of a process."""

    shelves: Shelves
    config: ConfigClient
    terms: Billing
    clock: Callable[[], float]

    def get(self, tenant: str) -> Account | None:
        """A company's account; None: it has none."""
        found = self.shelves.get(ACCOUNTS, tenant, ID)
        return Account.from_document(found) if found is not None else None

    def would(self, tenant: str, seen: Standing | None) -> Account | None:
        """What `heard` would make of it."""
        known = self.get(tenant) or self._first(tenant)
        if known is None:
            return None
        return aged(known, self.terms, self.clock()) if seen is None else judged(known, seen, self.terms, self.clock())

    def heard(self, tenant: str, seen: Standing | None) -> Account | None:
        """The provider was heard (None: only time went by). None: there is no such company, or it has no account."""
        first, now = self._first(tenant), self.clock()
        if first is None or (seen is None and self.get(tenant) is None):
            return None

        def change(body: Body) -> Body:
            known = Account.from_document(body)
            after = aged(known, self.terms, now) if seen is None else judged(known, seen, self.terms, now)
            return after.to_document()

        body = upserted(self.shelves, ACCOUNTS, tenant, ID, first.to_document(), change)
        found = Account.from_document(body)
        self._follow(found)
        return found

    def said(self, tenant: str, status: str, by: str) -> Account | None:
        """People say how it is to be. None: there is no such company."""
        first, now = self._first(tenant), self.clock()
        if first is None:
            return None

        def change(body: Body) -> Body:
            return spoken(Account.from_document(body), status, self.terms, now).to_document()

        found = Account.from_document(upserted(self.shelves, ACCOUNTS, tenant, ID, first.to_document(), change))
        self._follow(found, by)
        return found

    def _first(self, tenant: str) -> Account | None:
        view = self.config.directory.tenants.get(tenant)
        return Account(tenant, view.tenant.status, self.clock()) if view is not None else None

    def _follow(self, account: Account, by: str = BY) -> None:
        """The company may telephone as its account says. A closed one gives its numbers back."""
        found = self.config.get(account.tenant, "tenant", account.tenant)
        if found is None:
            return
        document = found.value.model_dump(mode="json")
        if document["status"] != account.state:
            changed = [Change("tenant", account.tenant, {**document, "status": account.state})]
            self.config.transact(account.tenant, changed, by, f"account: {account.state}")
        if account.state == "closed":
            self._give_back(account.tenant, by)

    def _give_back(self, tenant: str, by: str) -> None:
        stock, papers = Inventory(self.shelves, self.clock), Papers(self.shelves, (), self.clock)
        ordering = Ordering(stock, Outbox(self.shelves, self.clock), self.config, papers)
        for number in sorted(self.config.directory.tenants[tenant].numbers):
            try:
                ordering.release(number, tenant, by)
            except (
                NoSuchNumber,
                NotNow,
            ):  # not of our stock, or on its way to another carrier: the operator's to decide
                continue
