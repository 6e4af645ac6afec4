"""Background service: brings what waits to be told to the event log, in the order of each source, and the configuration's
changes with it. While the log is away everything waits; what was brought twice is in the log once.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator

from configdb.event_log import EventLog, EventsAway
from configdb.log import Entry
from configdb.model import SYSTEM
from configdb.snapshot import Directory
from history.happened import Event, event_id
from history.shelves import NODE, SOURCES, UNTOLD, Change, Drop, Put, Row, Shelves, Where
from mgmt.limits import relay_events_max
from mgmt.services.ledger import Report
from mgmt.stream.teller import sources

period_s = 0.2


class Relay:
    """Of one node; `spool` is its source in the history. `changed` may be called by any thread, `run` by one."""

    def __init__(self, log: EventLog, shelves: Shelves, spool: str) -> None:
        self._log, self._shelves, self._sources = log, shelves, sources(spool)
        self._configuration = self._sources[-1]
        self._entries: deque[Entry] = deque()
        self._read: dict[str, deque[Row]] = {source: deque() for source in self._sources}

    def configured(self) -> int | None:
        """The version of the configuration that was told last; None: none was."""
        found = self._shelves.get(SOURCES, NODE, self._configuration)
        return int(found["position"]) if found is not None else None

    @property
    def waiting(self) -> int:
        """How many events wait, as far as they were read."""
        return len(self._entries) + sum(len(rows) for rows in self._read.values())

    def changed(self, _: Directory, entry: Entry) -> None:
        """An entry of the configuration log, in order."""
        self._entries.append(entry)

    def forget(self, tenant: str) -> None:
        """Events of a tenant that is erased go too. Raises `EventsAway`."""
        self._log.purge(tenant)

    def run(self) -> Report:
        """One round. Raises `StoreAway`."""
        self._take_entries()
        try:
            done = sum(self._bring(source) for source in self._sources)
        except EventsAway as away:
            return Report(0, str(away))
        return Report(done, f"{done} events")

    def _take_entries(self) -> None:
        count = min(len(self._entries), relay_events_max)
        if count == 0:
            return
        entries = [self._entries[index] for index in range(count)]
        changes: list[Change] = [put for entry in entries for put in self._told(entry)]
        changes.append(Put(SOURCES, NODE, self._configuration, {"position": entries[-1].sequence}))
        self._shelves.write(changes)
        for _ in range(count):
            self._entries.popleft()

    def _told(self, entry: Entry) -> Iterator[Put]:
        """What a new version of a tenant's configuration is to others: never the documents, which hold secrets."""
        if entry.tenant == SYSTEM:
            return
        changes = [{"kind": one.kind, "id": one.id, "removed": one.document is None} for one in entry.changes]
        about = {"sequence": entry.sequence, "actor": entry.actor, "reason": entry.reason}
        flows = [one for one in changes if one["kind"] == "flow" and not one["removed"]]
        told = [("config.changed", {**about, "changes": changes})]
        told += [("flow.published", {**about, "flow": one["id"]}) for one in flows]
        for number, (type, data) in enumerate(told):
            id = event_id("configuration", entry.tenant, entry.sequence, entry.at, number)
            event = Event(id, entry.tenant, type, entry.at, None, self._configuration, data)
            yield event.waiting(entry.sequence * 10_000 + number)

    def _bring(self, source: str) -> int:
        waiting = self._read[source]
        if not waiting:
            found = self._shelves.everywhere(UNTOLD, (Where("source", "=", source),))
            waiting.extend(heapq.nsmallest(relay_events_max, found, key=lambda row: (row.body["order"], row.id)))
        if not waiting:
            return 0
        there = frozenset(self._log.append_all([(row.tenant, row.body["event"]) for row in waiting]))
        self._shelves.write([Drop(UNTOLD, row.tenant, row.id) for at, row in enumerate(waiting) if at in there])
        self._read[source] = deque(row for at, row in enumerate(waiting) if at not in there)
        return len(there)
