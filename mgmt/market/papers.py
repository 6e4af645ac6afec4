"""Papers on their shelf: given by companies, judged by the operator; files are for these two only, erased with the company."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from configdb.estate import PaperRule
from history.shelves import PAPERS, SHOWN, Body, Put, Query, Shelves, Where, upserted
from mgmt.limits import papers_looked_max
from mgmt.market.paper import ACCEPTED, Paper, Step, id_of, needed, stepped
from mgmt.market.stock import StockNumber


class NoSuchPaper(LookupError):
    """Theirs: nobody gave it."""


@dataclass(frozen=True, slots=True)
class Papers:
    """Of a region, whose manifest has the `rules`."""

    shelves: Shelves
    rules: tuple[PaperRule, ...]
    clock: Callable[[], float]

    def missing(self, found: StockNumber, tenant: str) -> tuple[str, ...]:
        """What a company has yet to show for a number, or what nobody accepted yet."""
        wanted = needed(self.rules, found.country, found.kind)
        if not wanted:
            return ()
        there = {one.paper for one in self.of(tenant) if one.country == found.country and one.state == ACCEPTED}
        return tuple(one for one in wanted if one not in there)

    def of(self, tenant: str) -> list[Paper]:
        """Those that a company gave, the one that changed last first."""
        rows = self.shelves.page(SHOWN, tenant, Query(limit=papers_looked_max))
        return [Paper.from_document(row.body) for row in rows]

    def everywhere(self, state: str | None) -> Iterator[Paper]:
        """Those of all companies."""
        where = (Where("state", "=", state),) if state is not None else ()
        yield from (Paper.from_document(row.body) for row in self.shelves.everywhere(SHOWN, where))

    def give(self, tenant: str, country: str, paper: str, type: str, data: bytes, by: str) -> Paper:
        """A file; another one takes its place, and is judged anew."""
        now, id = self.clock(), id_of(country, paper)
        file = {"type": type, "sha256": hashlib.sha256(data).hexdigest(), "size_bytes": len(data)}
        kept = {"type": type, "sha256": file["sha256"], "data": base64.b64encode(data).decode()}
        self.shelves.write([Put(PAPERS, tenant, f"shown-{id}", kept)])

        def change(body: Body) -> Body:
            return stepped(Paper.from_document(body), Step.GIVE, by, now, file=file).to_document()

        first = Paper(tenant, country, paper, now)
        return Paper.from_document(upserted(self.shelves, SHOWN, tenant, id, first.to_document(), change))

    def walk(self, tenant: str, id: str, step: Step, by: str, said: str) -> Paper:
        """The operator's word. Raises `NoSuchPaper`, `NotNow`."""
        now = self.clock()
        found = self.shelves.change(
            SHOWN, tenant, id, lambda body: stepped(Paper.from_document(body), step, by, now, said).to_document()
        )
        if found is None:
            raise NoSuchPaper(id)
        return Paper.from_document(found)

    def file(self, tenant: str, id: str) -> tuple[str, bytes]:
        """The type and the bytes of one. Raises `NoSuchPaper`."""
        found = self.shelves.get(PAPERS, tenant, f"shown-{id}")
        if found is None:
            raise NoSuchPaper(id)
        return str(found["type"]), base64.b64decode(found["data"])
