"""A number is bought, bound to its company, and given back.

Our own is bound at once. A supplier's is ordered by the channel `number` of the outbox, and bound when the supplier says yes: one
transaction of the configuration, made again after a crash until it is there. What the configuration would refuse (the plan has no
room, there is no such target) is not bought; a binding that it refuses in the end releases the number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from configdb.checks import added, tenant_problems
from configdb.client import ConfigClient
from configdb.errors import Refused as ConfigRefused
from configdb.log import Change
from configdb.schema import to_document, to_value
from configdb.snapshot import Directory, make_view
from history.shelves import NODE
from mgmt.limits import order_patience_s
from mgmt.market import trial
from mgmt.market.inventory import Inventory, NoSuchNumber
from mgmt.market.papers import Papers
from mgmt.market.stock import HELD, ORDERING, RESERVED, Step, StockNumber, stepped
from mgmt.market.wires import SELLERS
from mgmt.outbox.box import Outbox
from mgmt.outbox.channels import Channel
from mgmt.outbox.item import SENT, Failed, Item, Outcome
from mgmt.outbox.item import UNCERTAIN as ITEM_UNCERTAIN
from mgmt.sms.sending import known_supplier

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

BY = "market"


@dataclass(frozen=True, slots=True)
class Ordering:
    """Orders for companies."""

    inventory: Inventory
    outbox: Outbox
    config: ConfigClient
    papers: Papers

    def order(self, reservation: str, tenant: str, by: str, target: dict[str, str]) -> StockNumber:
        """The number of a reservation becomes the company's; said again it is the same order.

        What its country wants to see is not there, or not accepted: it is held for the company until then.

        Raises `NoSuchNumber`, `NotNow` (the reservation ran out), what the configuration refuses.
        """
        found = self.inventory.reserved(reservation, tenant)
        if found.state in (RESERVED, HELD):
            waits = bool(self.papers.missing(found, tenant))
            if found.state == HELD and waits:
                return found
            _require_fit(self.config.directory, found.number, tenant, target)
            step = Step.HOLD if waits else Step.ORDER
            found = self.inventory.step(found.number, step, by, holder=tenant, target=target)
        if found.state == HELD:
            return found
        if found.state == ORDERING:
            now = self.inventory.clock()
            self.outbox.put(_item(found, tenant, f"buy-{reservation}", "buy", now, target))
            return found
        try:
            bind(self.config, found, tenant, target)
        except ConfigRefused:
            self.inventory.step(found.number, Step.RELEASE, by, holder=tenant)
            raise
        trial.wanted(self.outbox, found, self.inventory.clock())
        return found

    def release(self, number: str, tenant: str, by: str) -> StockNumber:
        """The company gives it up: no call reaches it any longer, and nobody gets it for a while. Raises as `order`."""
        found = self.inventory.get(number)
        if found is None or found.holder != tenant:
            raise NoSuchNumber(number)
        bound, now = self.config.get(tenant, "number", number), self.inventory.clock()
        stepped(found, Step.RELEASE, by, now, tenant)  # what cannot be given up now stays bound
        if bound is not None:
            self.config.transact(tenant, [Change("number", number, None)], by, f"{number} released")
        said = to_document(bound.value) if bound is not None else {}
        return self.inventory.step(number, Step.RELEASE, by, holder=tenant, given_up=said)

    def take_back(self, number: str, tenant: str, by: str) -> StockNumber:
        """It is theirs again as it was, on the day on which they gave it up. Raises as `order`."""
        found = self.inventory.get(number)
        if found is None or tenant not in (found.former, found.holder):
            raise NoSuchNumber(number)
        if found.holder != tenant:
            self.inventory.step(number, Step.TAKE_BACK, by, holder=tenant)
        try:
            if found.given_up and self.config.get(tenant, "number", number) is None:
                change = Change("number", number, found.given_up)
                self.config.transact(tenant, [change], by, f"{number} taken back")
        except ConfigRefused:
            self.inventory.step(number, Step.RELEASE, by, holder=tenant, given_up=found.given_up)
            raise
        return self.inventory.get(number) or found


def _item(found: StockNumber, tenant: str, id: str, what: str, now: float, target: dict[str, str]) -> Item:
    payload = {"number": found.number, "supplier": found.supplier, "what": what, "target": target, "tenant": tenant}
    return Item(id, tenant, "number", found.supplier, payload, now, now + order_patience_s, due_at=now)


def _require_fit(directory: Directory, number: str, tenant: str, target: dict[str, str]) -> None:
    """Raises what the configuration would refuse the number for."""
    value, view = to_value("number", number, {"id": number, "target": target}), directory.tenants.get(tenant)
    if view is None or number in view.numbers:
        return
    objects = {**view.objects, "number": {**view.objects.get("number", {}), number: value}}
    after = make_view(view.sequence, view.tenant, objects)
    problems = added(tenant_problems(view, directory), tenant_problems(after, directory))
    if problems:
        raise ConfigRefused(problems[0].code, f"{problems[0]}.", tuple(problems))


def bind(config: ConfigClient, found: StockNumber, tenant: str, target: dict[str, str]) -> None:
    """The company's configuration has the number; one that is there already stays as it is."""
    if config.get(tenant, "number", found.number) is None:
        document = {"id": found.number, "target": target}
        config.transact(tenant, [Change("number", found.number, document)], BY, f"{found.number} ordered")


def send(parts: Parts, item: Item) -> Outcome:
    """One attempt to buy or to give back."""
    known = known_supplier(parts.directory(), parts.sealer, str(item.payload["supplier"]))
    seller = SELLERS.get(known.row.kind) if known is not None else None
    if known is None or seller is None:
        return Failed(f"there is no supplier {item.payload['supplier']} that sells numbers")
    do = seller.buy if item.payload["what"] == "buy" else seller.give_back
    return do(known, str(item.payload["number"]), parts.web)


def finished(parts: Parts, item: Item) -> None:
    """Bought: bound. Not to be had: gone. Nobody knows: it stays `ordering` for the reconciliation."""
    if item.payload["what"] != "buy" or item.state == ITEM_UNCERTAIN:
        return
    inventory, number, tenant = Inventory(parts.history.shelves, parts.clock), str(item.payload["number"]), item.tenant
    found = inventory.get(number)
    if found is None or found.holder != tenant:
        return
    if item.state != SENT:
        if found.state == ORDERING:
            inventory.step(number, Step.NOT_TO_BE_HAD, BY)
        return
    if found.state == ORDERING:
        found = inventory.step(number, Step.BOUGHT, BY)
    try:
        bind(parts.config, found, tenant, dict(item.payload["target"]))
    except ConfigRefused:
        inventory.step(number, Step.RELEASE, BY, holder=tenant)
    else:
        trial.wanted(parts.outbox, found, parts.clock())


def given_back(outbox: Outbox, found: StockNumber, now: float) -> None:
    """A supplier's number whose quarantine is over goes back to it."""
    outbox.put(_item(found, NODE, f"back-{found.number}-{int(found.until or 0)}", "back", now, {}))


def channel() -> Channel[Parts]:
    """The row of the table of channels."""
    return Channel("number", send, finished)
