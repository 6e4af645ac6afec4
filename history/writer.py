"""Drains spool records into a store: each record exactly once, open things of a dead boot closed, media put where they belong.

    spool --read--> records --meaning (`history.records`)--> Batch --one transaction--> store --then--> notify, drained

A record that cannot be understood is set aside in `poison` with an alarm; it never blocks those behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from history.happened import Event, Seen, event_id, happened, tells
from history.records import Meaning
from history.shelves import BadDocument, Put
from history.spool import SpoolReader
from history.store import Batch, HistoryStore

BATCH_RECORDS_MAX = 500
PER_RECORD_MAX = 1_000_000  # events of one record, and of all that a restart closes
Record = Mapping[str, Any] | bytes


class MediaIn(Protocol):
    """Where finished sound files go."""

    def keep(
        self,
        tenant: str,
        kind: str,
        media_id: str,
        path: Path,
        at: float,
        call: str,
        said: dict[str, Any] | None = None,
    ) -> str | None:
        """Move the WAV file (its header repaired) into the media store; its media id, None when there is no sound in it.

        said: what belongs to it beside its sound, as its records have it.
        Idempotent: asked again after a crash it gives the same answer.
        """

    def seconds(self, path: Path) -> float:
        """Length of a WAV file, also one whose writer was killed; 0.0 when there is none."""


Notify = Callable[[str, str, dict[str, Any]], None]


class Writer:
    """`source` names the spool in the store; `data` is what relative paths in records start from.

    caught_up_at: when who drains it last found nothing left, if they say so.
    """

    def __init__(
        self,
        store: HistoryStore,
        spool: Path,
        source: str,
        media: MediaIn,
        data: Path,
        notify: Notify,
        alarm: Callable[[str], None],
    ) -> None:
        self._store, self._source, self._notify, self._alarm = store, source, notify, alarm
        self._reader = SpoolReader(spool)
        self._poison = spool / "poison"
        self._meaning = Meaning(store, media, data)
        self.caught_up_at: float | None = None

    def drain(self) -> int:
        """Take what is there, at most one batch; returns how many records. 0 means: nothing to do."""
        position = self._store.position(self._source)
        found = self._reader.read(position, BATCH_RECORDS_MAX)
        if not found:
            return 0
        try:
            self._apply(found)
        except BadDocument:
            self._one_by_one(found)
        self._reader.drained(found[-1][0])
        return len(found)

    def _apply(self, found: Sequence[tuple[int, Record]]) -> None:
        batch = Batch()
        for position, record in found:
            self._take(position, record, batch)
        self._store.apply(batch, self._source, found[-1][0])
        self._tell(batch)

    def _one_by_one(self, found: Sequence[tuple[int, Record]]) -> None:
        """One of them cannot be kept: it alone is set aside."""
        for position, record in found:
            try:
                self._apply([(position, record)])
            except BadDocument as error:
                self._set_aside(repr(record).encode(), str(error))
                self._store.apply(Batch(), self._source, position)

    def _take(self, position: int, record: Record, batch: Batch) -> None:
        if isinstance(record, bytes):
            self._set_aside(record, "not a JSON object, or damaged on disk")
            return
        seen = Seen(batch)
        try:
            self._meaning.add(record, batch)
            if tells(record):
                batch.told += self._told(position, record, batch, seen)
        except (KeyError, ValueError, TypeError) as error:
            self._set_aside(repr(dict(record)).encode(), f"{type(error).__name__}: {error}")

    def _told(self, position: int, record: Mapping[str, Any], batch: Batch, seen: Seen) -> list[Put]:
        """The events of a record, in the order of the spool."""
        events = happened(record, seen.new(), lambda tenant, call: self._meaning.call(tenant, call, batch))
        return [
            Event(
                event_id(self._source, position, number, at, call), tenant, type, at, call, self._source, data
            ).waiting(position * PER_RECORD_MAX + number)
            for number, (tenant, type, at, call, data) in enumerate(islice(events, PER_RECORD_MAX))
        ]

    def _set_aside(self, record: bytes, why: str) -> None:
        with open(self._poison, "ab") as file:
            file.write(record + b"\n")
        self._alarm(f"a record was set aside in {self._poison.name}: {why}")

    def _tell(self, batch: Batch) -> None:
        for call in {one.id: one for one in batch.calls}.values():
            if call.ended_at is not None:
                self._notify(call.tenant, "history", call.to_document())
        for activity in {one.id: one for one in batch.activities}.values():
            self._notify(activity.tenant, "activity", activity.to_document())
