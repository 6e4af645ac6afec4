"""Work that is done sooner or later, over the spool: put durably, tried again and again, forgotten when it is done.

    put ──► waiting ──due──► done
               ▲   later (1 s, 2 s, 4 s ... 15 min)
               └──────┘            ──gave up after `age_s_max`──► set aside in `poison`, with an alarm

For uploads, mails, webhooks and whatever else goes out. Items are upserts by id: one that is put again while it waits is one.
The whole queue is in memory and on disk; one process at a time has it. What is done may be done twice after a crash.
"""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from history.spool import Spool, SpoolReader

WAIT_S_MIN = 1.0
WAIT_S_MAX = 900.0
AGE_S_MAX = 14 * 86_400.0
READ_RECORDS_MAX = 1_000
Item = Mapping[str, Any]


@dataclass(slots=True)
class _Waiting:
    item: Item
    at: float
    position: int
    tries: int = 0
    due: float = 0.0


class Queue:
    """One queue in a directory. `clock` is wall time; `alarm` gets a line when an item is given up."""

    def __init__(
        self,
        directory: Path,
        clock: Callable[[], float],
        alarm: Callable[[str], None],
        age_s_max: float = AGE_S_MAX,
    ) -> None:
        self._directory, self._clock, self._alarm, self._age_s_max = directory, clock, alarm, age_s_max
        self._spool = Spool(directory, alarm)
        self._reader = SpoolReader(directory)
        self._waiting: dict[str, _Waiting] = {}
        self._read()

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, id: str) -> bool:
        return id in self._waiting

    @property
    def oldest_at(self) -> float | None:
        """When the oldest item was put; None: nothing waits."""
        return min((one.at for one in self._waiting.values()), default=None)

    def put(self, id: str, item: Item) -> None:
        """On disk when it returns (synced a moment later: `flush`). Raises `history.spool.SpoolFull`."""
        now = self._clock()
        before = self._spool.position
        self._spool.append({"id": id, "at": now, "item": dict(item)})
        known = self._waiting.get(id)
        self._waiting[id] = _Waiting(item, known.at if known else now, known.position if known else before)

    def flush(self) -> bool:
        """Wait until everything is synced."""
        return self._spool.flush()

    def due(self, count_max: int) -> list[tuple[str, Item]]:
        """What is to be tried now, the oldest first."""
        now = self._clock()
        ready = [(id, one.item) for id, one in self._waiting.items() if one.due <= now]
        return ready[:count_max]

    def done(self, id: str) -> None:
        """Forget an item."""
        if self._waiting.pop(id, None) is not None:
            self._spool.append({"id": id, "done": True})
            self._cut()

    def later(self, id: str, why: str) -> None:
        """It could not be done now. One that is too old is set aside."""
        one = self._waiting.get(id)
        if one is None:
            return
        now = self._clock()
        if now - one.at > self._age_s_max:
            with open(self._directory / "poison", "ab") as file:
                file.write(orjson.dumps({"id": id, "at": one.at, "why": why, "item": dict(one.item)}) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            self._alarm(f"{id} was given up after {one.tries} tries, see {self._directory.name}/poison: {why}")
            self.done(id)
            return
        wait_s = min(WAIT_S_MAX, WAIT_S_MIN * 2 ** min(one.tries, 20))
        one.tries, one.due = one.tries + 1, now + wait_s * random.uniform(0.75, 1.0)

    def close(self) -> None:
        """Everything to disk, then shut."""
        self._spool.close()

    def _read(self) -> None:
        position = 0
        while found := self._reader.read(position, READ_RECORDS_MAX):
            for after, record in found:
                if isinstance(record, dict):
                    self._learn(record, position)
                position = after

    def _learn(self, record: dict[str, Any], position: int) -> None:
        if record.get("done"):
            self._waiting.pop(record["id"], None)
            return
        with contextlib.suppress(KeyError, TypeError):
            known = self._waiting.get(record["id"])
            at, start = (known.at, known.position) if known else (float(record["at"]), position)
            self._waiting[record["id"]] = _Waiting(record["item"], at, start)

    def _cut(self) -> None:
        oldest = min((one.position for one in self._waiting.values()), default=self._spool.position)
        self._reader.drained(oldest)
