"""What is known of each service: who has it, when it ran, how it went, and who wants it to run now. In the history's shelves.

A service of the region has one holder among all nodes, for `service_lease_s` at a time: who dies loses it then, and another
node goes on. A service of the node (its spool, its disk) has no lease: the node's process is one by its lock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from secrets import token_hex
from typing import Any

from history.documents import Document
from history.shelves import NODE, RUNS, SERVICES, Body, Drop, Put, Query, Shelves, Where, upserted
from mgmt.limits import service_lease_s, service_runs_age_s_max, service_runs_shown_max, service_text_chars_max

REGION = "region"
FIRST_RUN = "first run"
"""Who asks for the run that a service begins with when it deletes."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one run did: how many items, and words for the operator."""

    done: int
    text: str


@dataclass(frozen=True, slots=True)
class Standing(Document):
    """The last known of a service at a place (`region`, or a node's name).

    rehearsed_at: when its first run in this region only said what it would do.
    wanted: a run that somebody asked for, `{id, by, dry, at}`. began_at: the last run; ran_at: its end. `done` and `failures`
    count for ever, `failing` the failures since it last went well.
    """

    name: str
    place: str
    holder: str | None = None
    leased_until: float = 0.0
    wanted: dict[str, Any] | None = None
    rehearsed_at: float | None = None
    began_at: float | None = None
    ran_at: float | None = None
    ok: bool | None = None
    text: str | None = None
    done: int = 0
    failures: int = 0
    failing: int = 0


@dataclass(frozen=True, slots=True)
class Run(Document):
    """One run that is remembered. `ended_at` None: it runs, or its process died; `text` says how far it is meanwhile."""

    id: str
    service: str
    place: str
    by: str
    began_at: float
    ended_at: float | None = None
    ok: bool | None = None
    done: int = 0
    text: str = ""
    dry: bool = False
    holder: str = field(default="")


class Ledger:
    """For one holder (a process of a node), or for who only looks."""

    def __init__(self, shelves: Shelves, holder: str, clock: Callable[[], float]) -> None:
        self._shelves, self._holder, self._clock = shelves, holder, clock
        self._held_until: dict[str, float] = {}

    def standing(self, place: str, name: str) -> Standing:
        """What is known of one."""
        found = self._shelves.get(SERVICES, NODE, f"{place}/{name}")
        return Standing.from_document(found) if found else Standing(name, place)

    def all(self) -> list[Standing]:
        """Of every service that ever ran anywhere in the region."""
        return [Standing.from_document(found) for found in self._shelves.below(SERVICES, NODE, "")]

    # -- the lease -------------------------------------------------------------------------------------------------

    def take(self, place: str, name: str) -> bool:
        """Take the lease, or prolong it when half of it is over; False while another process holds it."""
        now, key = self._clock(), f"{place}/{name}"
        if now < self._held_until.get(key, 0.0) - service_lease_s / 2:
            return True
        after = self._change(place, name, lambda found: self._taken(found, now))
        held = after.holder == self._holder
        self._held_until[key] = now + service_lease_s if held else 0.0
        return held

    def _taken(self, found: Standing, now: float) -> Standing:
        if found.holder not in (None, self._holder) and found.leased_until > now:
            return found
        return replace(found, holder=self._holder, leased_until=now + service_lease_s)

    def give_back(self, place: str, name: str) -> None:
        """Let another process go on at once."""
        if self._held_until.pop(f"{place}/{name}", None):
            mine = self._holder
            self._change(
                place,
                name,
                lambda found: replace(found, holder=None, leased_until=0.0) if found.holder == mine else found,
            )

    # -- runs ------------------------------------------------------------------------------------------------------

    def want(self, place: str, name: str, by: str, dry: bool) -> Standing:
        """Let it run now, whoever holds it; one that is wanted already stays wanted once."""
        run = {"id": token_hex(8), "by": by, "dry": dry, "at": self._clock()}
        return self._change(place, name, lambda found: found if found.wanted else replace(found, wanted=run))

    def begin(self, place: str, name: str, wanted: dict[str, Any] | None, remembered: bool) -> Run:
        """A run begins: what was wanted is no longer."""
        now = self._clock()
        asked = wanted or {}
        run = Run(
            id=str(asked.get("id") or token_hex(8)),
            service=name,
            place=place,
            by=str(asked.get("by", "schedule")),
            began_at=now,
            dry=bool(asked.get("dry")),
            holder=self._holder,
        )
        if remembered:
            self._keep(run)
            dry = run.dry  # says nothing of when it is due
            self._change(
                place, name, lambda found: replace(found, wanted=None, began_at=found.began_at if dry else now)
            )
        return run

    def tell(self, run: Run, text: str) -> None:
        """How far a run is."""
        self._keep(replace(run, text=text[:service_text_chars_max]))

    def end(self, run: Run, report: Report, ok: bool, remembered: bool) -> None:
        """A run ended."""
        now, text = self._clock(), report.text[:service_text_chars_max]
        if remembered:
            self._keep(replace(run, ended_at=now, ok=ok, done=report.done, text=text))
            self._forget_old(run.service)
        if run.dry:
            if ok and run.by == FIRST_RUN:
                self._change(run.place, run.service, lambda found: replace(found, rehearsed_at=now, text=text))
            return
        self._change(
            run.place,
            run.service,
            lambda found: replace(
                found,
                ran_at=now,
                ok=ok,
                text=text,
                done=found.done + report.done,
                failures=found.failures + (not ok),
                failing=0 if ok else found.failing + 1,
            ),
        )

    def runs(self, name: str, count_max: int = service_runs_shown_max) -> list[Run]:
        """The last runs of a service anywhere, newest first."""
        query = Query((Where("service", "=", name),), limit=count_max)
        return [Run.from_document(row.body) for row in self._shelves.page(RUNS, NODE, query)]

    def run(self, id: str) -> Run | None:
        """One run."""
        found = self._shelves.get(RUNS, NODE, id)
        return Run.from_document(found) if found else None

    def _keep(self, run: Run) -> None:
        self._shelves.write([Put(RUNS, NODE, run.id, run.to_document())])

    def _forget_old(self, name: str) -> None:
        until = self._clock() - service_runs_age_s_max
        query = Query((Where("service", "=", name),), until=until, limit=20, oldest_first=True)
        old = self._shelves.page(RUNS, NODE, query)
        if old:
            self._shelves.write([Drop(RUNS, NODE, row.id) for row in old])

    def _change(self, place: str, name: str, make: Callable[[Standing], Standing]) -> Standing:
        id = f"{place}/{name}"

        def change(body: Body) -> Body:
            return make(Standing.from_document(body)).to_document()

        first: Body = {"name": name, "place": place}
        return Standing.from_document(upserted(self._shelves, SERVICES, NODE, id, first, change))
