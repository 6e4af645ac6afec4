"""Port-ins on their shelf. A number that has come is in stock, bound to its company, and told: each once, whoever dies."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from configdb.client import ConfigClient
from configdb.numbering import home_of
from history.shelves import PAPERS, PORTS, Body, Put, Query, Shelves, Where
from mgmt.limits import ports_looked_max
from mgmt.market import trial
from mgmt.market.inventory import Inventory
from mgmt.market.ordering import bind
from mgmt.market.porting import OPEN, PORTED, Port, Step, stepped
from mgmt.market.stock import ASSIGNED, StockNumber
from mgmt.outbox.box import Outbox

TYPES = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class NoSuchPort(LookupError):
    """Theirs: there is none of this id."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Of a region. `told` makes the event."""

    shelves: Shelves
    config: ConfigClient
    clock: Callable[[], float]
    told: Callable[..., Put]

    def get(self, tenant: str, id: str) -> Port:
        """One of a company. Raises `NoSuchPort`."""
        found = self.shelves.get(PORTS, tenant, id)
        if found is None:
            raise NoSuchPort(id)
        return Port.from_document(found)

    def of(self, tenant: str) -> list[Port]:
        """Those of a company, the one that changed last first."""
        rows = self.shelves.page(PORTS, tenant, Query(limit=ports_looked_max))
        return [Port.from_document(row.body) for row in rows]

    def everywhere(self, state: str | None) -> Iterator[Port]:
        """Those of all companies."""
        where = (Where("state", "=", state),) if state is not None else ()
        yield from (Port.from_document(row.body) for row in self.shelves.everywhere(PORTS, where))

    def claimed(self, number: str) -> bool:
        """Whether somebody brings or has this number already."""
        if self.config.directory.tenant_of_number.get(number) is not None:
            return True
        return any(number in one.numbers and one.state in OPEN for one in self.everywhere(None))

    def make(self, port: Port) -> Port:
        """A new one."""
        self.shelves.write([Put(PORTS, port.tenant, port.id, port.to_document())])
        return port

    def give(self, tenant: str, id: str, name: str, type: str, data: bytes, by: str) -> Port:
        """A bill. Raises `NoSuchPort`, `NotNow`."""
        bill = {"name": name, "type": type, "sha256": hashlib.sha256(data).hexdigest()}
        paper = {**bill, "data": base64.b64encode(data).decode()}
        after = self.walk(tenant, id, Step.FIX, by, bill=bill)
        self.shelves.write([Put(PAPERS, tenant, f"port-{id}", paper)])
        return after

    def paper(self, tenant: str, id: str) -> tuple[str, bytes] | None:
        """The type and the bytes of the bill of a port-in."""
        found = self.shelves.get(PAPERS, tenant, f"port-{id}")
        return (str(found["type"]), base64.b64decode(found["data"])) if found is not None else None

    def walk(self, tenant: str, id: str, step: Step, by: str, **others: Any) -> Port:
        """One step, with nobody between; what has come is bound. Raises `NoSuchPort`, `NotNow`, what the log refuses."""
        now = self.clock()

        def change(body: Body) -> Body:
            return stepped(Port.from_document(body), step, by, now, **others).to_document()

        found = self.shelves.change(PORTS, tenant, id, change)
        if found is None:
            raise NoSuchPort(id)
        port = Port.from_document(found)
        if port.state == PORTED:
            self._arrived(port)
        return port

    def _arrived(self, port: Port) -> None:
        """Said again it changes nothing."""
        inventory, now = Inventory(self.shelves, self.clock), self.clock()
        for number in port.numbers:
            if inventory.get(number) is None:
                made = StockNumber(
                    number, home_of(number, ""), "local", "ported", now, state=ASSIGNED, holder=port.tenant
                )
                note = {"at": now, "by": "port-in", "step": "ported", "state": ASSIGNED}
                inventory.add([replace(made, notes=[note])])
            found = inventory.get(number)
            if found is not None and found.holder == port.tenant:
                bind(self.config, found, port.tenant, {name: str(value) for name, value in port.target.items()})
                trial.wanted(Outbox(self.shelves, self.clock), found, now)
                data = {"number": number, "port": port.id, "carrier": port.carrier}
                self.shelves.write([self.told(port.tenant, "number.ported", None, data, port.id, number)])


def type_of(data: bytes) -> str | None:
    """What a paper is by its first bytes; None: nothing that is taken."""
    return next((type for magic, type in TYPES.items() if data.startswith(magic)), None)
