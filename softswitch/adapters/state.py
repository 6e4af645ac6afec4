"""What the switch must know after a crash, in one durable log: registrations, subscriptions, queues, parked calls.

One spool (`history.spool`: framed, checksummed, synced in groups) holds a record for each change of a row, and the last of a
key counts. A row is with the kernel when `put` returns, so that kill -9 loses none; `durable` says when it is on disk, for
what must not be acknowledged before. The log cleans itself: once it is much longer than its rows, every change carries the
two oldest rows along, until what lies before them can be deleted. Nothing ever stops for that.

A record also says when its row was changed: of the copies that nodes hold of a row, the one that was changed last can be told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from twisted.logger import Logger

from history.spool import Spool, SpoolFull, SpoolReader, segments

SEGMENT_BYTES_MAX = 4_000_000
CARRIED = 2
READ_AT_ONCE = 10_000
LATER_S = 1e-6
"""A change of a row is so much later than the one before it, also where the clock says otherwise."""

Address = tuple[str, str]
"""Table and key."""


@dataclass(frozen=True, slots=True)
class _Row:
    """`at`: where in the log its record begins, or before; `size_bytes`: of the record, about; `changed_at`: epoch seconds."""

    value: Any
    at: int
    size_bytes: int
    changed_at: float


class StateLog:
    """All tables of one switch, by name. `on_put` hears of each change of a table, and when; `seen` is what a table reads.

    `known_until`: when the last change was made that the runs before have written down, removals too (epoch seconds).
    """

    _log = Logger(namespace="softswitch.state")

    def __init__(
        self,
        reactor: Any,
        folder: Path,
        segment_bytes_max: int = SEGMENT_BYTES_MAX,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._reactor, self.wall = reactor, wall
        self._spool = Spool(folder, self._trouble, segment_bytes_max)
        self._reader = SpoolReader(folder)
        self._segment_bytes_max = segment_bytes_max
        self._rows: dict[Address, _Row] = {}  # in the order of the log
        self._live_bytes = 0
        self._cleaned = 0
        self._closed = False
        self.known_until = 0.0
        self.on_put: Callable[[str, str, Any, float], None] = _unheard
        self.seen: Callable[[Any], Any] = _as_it_is
        self._read(folder)
        self.known_until = min(self.known_until, wall())

    def table(self, name: str) -> Table:
        """One table; asked again it is the same."""
        return Table(self, name)

    def durable(self, then: Callable[[], None]) -> None:
        """Call `then` on the reactor when all that was put so far is on disk."""
        self._spool.durable(lambda: self._reactor.callFromThread(then))

    def close(self) -> None:
        """Everything to disk, then shut; once more is no harm."""
        if not self._closed:
            self._closed = True
            self._spool.close()

    def rows(self, table: str) -> Iterator[tuple[str, Any]]:
        """The rows of a table by key, in the order of their last change."""
        return ((key, row.value) for (name, key), row in self._rows.items() if name == table)

    def all(self) -> Iterator[tuple[str, str, Any, float]]:
        """Table, key and value of every row, and when it was changed."""
        return ((*address, row.value, row.changed_at) for address, row in list(self._rows.items()))

    def row(self, address: Address) -> Any:
        """One row, None when there is none."""
        found = self._rows.get(address)
        return None if found is None else found.value

    def changed_at(self, address: Address) -> float | None:
        """When a row was changed, None when there is none."""
        found = self._rows.get(address)
        return None if found is None else found.changed_at

    def put(self, address: Address, value: Any, changed_at: float | None = None) -> float:
        """Set a row; None removes it. `changed_at`: when another node did. When it was changed.

        A sick disk is logged, never raised: the table in memory is what serves.
        """
        held = self._rows.get(address)
        when = self.wall() if changed_at is None else changed_at
        if held is not None and changed_at is None:
            when = max(when, held.changed_at + LATER_S)
        if not self._closed and (value is not None or held is not None):
            self._write(address, value, when)
        return when

    def _write(self, address: Address, value: Any, changed_at: float) -> None:
        self._forget(address)
        carried = [(one, self._rows[one].value, self._rows[one].changed_at) for one in self._oldest()]
        changes = [(address, value, changed_at), *carried]
        at = self._spool.position
        try:
            after = self._spool.append(*(_record(*change) for change in changes))
        except SpoolFull as error:
            self._log.error("{table} {key} is not kept: {error}", table=address[0], key=address[1], error=error)
            after = at
        size = (after - at) // len(changes)
        for one, kept, when in changes:
            self._forget(one)
            if kept is not None:
                self._rows[one] = _Row(kept, at, size, when)
                self._live_bytes += size
        self._clean()

    def _forget(self, address: Address) -> None:
        row = self._rows.pop(address, None)
        if row is not None:
            self._live_bytes -= row.size_bytes

    def _oldest(self) -> list[Address]:
        """The rows that go along with a change, for the log to be shorter."""
        length = self._spool.position - self._begin()
        return list(islice(self._rows, CARRIED)) if length > 2 * self._live_bytes + self._segment_bytes_max else []

    def _begin(self) -> int:
        """Where the oldest row lies."""
        return next((row.at for row in self._rows.values()), self._spool.position)

    def _clean(self) -> None:
        begin = self._begin()
        if begin - self._cleaned >= self._segment_bytes_max:
            self._cleaned = begin
            self._spool.durable(lambda: self._reader.drained(begin))  # not before what was carried along is on disk

    def _read(self, folder: Path) -> None:
        position = self._cleaned = min((start for start, _ in segments(folder)), default=0)
        while found := self._reader.read(position, READ_AT_ONCE):
            for after, record in found:
                if isinstance(record, dict):
                    self._take(record, position, after - position)
                position = after

    def _take(self, record: dict[str, Any], at: int, size_bytes: int) -> None:
        address = str(record.get("table")), str(record.get("key"))
        changed_at = float(record.get("changed_at", 0.0))  # a version before did not say
        self.known_until = max(self.known_until, changed_at)
        self._forget(address)
        if record.get("row") is not None:
            self._rows[address] = _Row(record["row"], at, size_bytes, changed_at)
            self._live_bytes += size_bytes

    def _trouble(self, text: str) -> None:
        self._log.error("state: {text}", text=text)


class Table:
    """One table of the log: what a part of the switch keeps, by key."""

    def __init__(self, log: StateLog, name: str) -> None:
        self._log, self._name = log, name

    def load(self) -> dict[str, Any]:
        """All rows as they are, the oldest change first."""
        return {key: self._log.seen(row) for key, row in self._log.rows(self._name)}

    def row(self, key: str) -> Any:
        """One row as it is, None when there is none."""
        return self._log.row((self._name, key))

    def put(self, key: str, row: Any) -> None:
        """Set a row; None removes it."""
        changed_at = self._log.put((self._name, key), row)
        self._log.on_put(self._name, key, row, changed_at)


def _unheard(table: str, key: str, row: Any, changed_at: float) -> None:
    """Nobody else keeps a copy."""


def _as_it_is(row: Any) -> Any:
    return row


def _record(address: Address, row: Any, changed_at: float) -> dict[str, Any]:
    return {"table": address[0], "key": address[1], "row": row, "changed_at": changed_at}
