"""Who is signed in at one node is signed in at all: the web processes of a cluster tell each other the rows of `mgmt.database`.

A change is told at once, best effort. What got lost is found soon: every `nodes_ask_s` each process asks the others for what
changed after the place of theirs that it knows, at its start for everything. Behind any balancer, then, a session, a step of
signing in, a failed attempt and an Idempotency-Key count everywhere, some milliseconds later; alone, nobody listens.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from configdb.bus import Bus, BusSubscription
from configdb.limits import bus_document_bytes_max
from mgmt.database import Database, Row
from mgmt.limits import nodes_rows_max

ROWS, ASK = "web.rows", "web.ask"
ROOM = bus_document_bytes_max - 1_000

Document = dict[str, Any]


class Nodes:
    """`now` is wall time in seconds, by which rows that never end are refused."""

    def __init__(self, database: Database, bus: Bus, clock: Any) -> None:
        self._database, self._bus, self._clock = database, bus, clock
        self._name = database.name
        self._seen: dict[str, int] = {}
        self._heard: list[BusSubscription] = []

    def start(self) -> None:
        """Listen, tell, and ask for what is there."""
        self._heard = [self._bus.subscribe(ROWS, self._on_rows), self._bus.subscribe(ASK, self._on_ask)]
        self._database.told = self._tell
        self.ask()

    def stop(self) -> None:
        """Nothing is told any more."""
        self._database.told = lambda _: None
        for heard in self._heard:
            heard.close()

    def ask(self) -> None:
        """Ask the others for what was not heard."""
        self._bus.publish(ASK, {"file": self._name, "seen": dict(self._seen)})

    def _tell(self, rows: Sequence[Row]) -> None:
        for part in _parts([row.to_document() for row in rows]):
            self._bus.publish(ROWS, {"file": self._name, "rows": part})

    def _on_ask(self, _: str, asked: Document) -> None:
        """Somebody asks: everything after the place that they know, the newest place with it."""
        seen = asked.get("seen")
        if asked.get("file") == self._name or not isinstance(seen, dict):
            return
        place = seen.get(self._name, 0)
        while isinstance(place, int):
            found = self._database.since(place, nodes_rows_max)
            for part in _parts([row.to_document() for _, row in found]):
                self._bus.publish(ROWS, {"file": self._name, "rows": part})
            upto = found[-1][0] if found else place
            self._bus.publish(ROWS, {"file": self._name, "rows": [], "after": place, "upto": upto})
            if len(found) < nodes_rows_max:
                return
            place = upto

    def _on_rows(self, _: str, said: Document) -> None:
        file, rows = said.get("file"), said.get("rows")
        if not isinstance(file, str) or file == self._name or not isinstance(rows, list):
            return
        now = self._clock()
        self._database.merge([row for one in rows if (row := Row.of_document(one, now)) is not None])
        after, upto = said.get("after"), said.get("upto")
        known = self._seen.get(file, 0)
        if isinstance(after, int) and isinstance(upto, int) and after <= known:
            self._seen[file] = max(known, upto)


def _parts(rows: list[Any]) -> Iterator[list[Any]]:
    """As many rows as a document of the bus takes; one that is larger is not told."""
    part: list[Any] = []
    room = ROOM
    for row in rows:
        size = len(json.dumps(row)) + 1
        if size > ROOM:
            continue
        if size > room:
            yield part
            part, room = [], ROOM
        part.append(row)
        room -= size
    if part:
        yield part
