"""History and media: spool, drain, queries and export over many calls, sealed sound. `python -m tests.bench.history [CALLS]`."""

from __future__ import annotations

import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from history.documents import Call
from history.embedded import EmbeddedStore
from history.rollups import roll
from history.spool import Spool
from history.store import Batch, CallFilter
from history.writer import Writer
from media.storage.local import LocalStore
from media.storage.sealed import SealedStore
from tests.history.test_records import NoSound

NOW = 1_800_000_000.0
BATCH = 1_000


def call(number: int) -> Call:
    """One of many: a day has 2,000."""
    at = NOW - number * 43.2
    caller = f"+1202555{number % 10_000:04d}"
    more: dict[str, Any] = {"who": f"u{number % 40}", "trunk": f"t{number % 3}", "from_name": f"Caller{number % 5_000}"}
    outcome = ("answered", "missed", "voicemail")[number % 3]
    return Call(
        f"c{number:08d}", "acme", "inbound", caller, "+12025550199", at, ended_at=at + 60, outcome=outcome, **more
    )


def percentiles(ask: Callable[[], object], count: int = 200) -> str:
    """p50 and p99 in ms."""
    took = []
    for _ in range(count):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return f"p50 {took[count // 2]:.2f} ms, p99 {took[int(count * 0.99)]:.2f} ms"


def spooled(folder: Path, count: int) -> None:
    """Records as the switch writes them, each appended alone, the last one synced."""
    spool = Spool(folder)
    records = [{"kind": "call.close", "id": f"c{n}", "call": call(n).to_document()} for n in range(count)]
    began = time.perf_counter()
    for record in records:
        spool.append(record)
    spool.flush(60)
    print(f"spool: {count / (time.perf_counter() - began):,.0f} records/s, synced in groups")
    spool.close()


def drained(folder: Path, spool: Path, count: int) -> None:
    """Into calls, activities, words and marks of rollups."""
    store = EmbeddedStore(folder / "drain.sqlite3")
    writer = Writer(store, spool, "spool", NoSound(), folder, lambda *_: None, print)
    began = time.perf_counter()
    while writer.drain():
        pass
    print(f"drain: {count / (time.perf_counter() - began):,.0f} calls/s")
    began, minutes = time.perf_counter(), 0
    while done := roll(store.shelves, 500):
        minutes += done
    print(f"rollups: {minutes / (time.perf_counter() - began):,.0f} minutes/s")
    store.close()


def asked(folder: Path, count: int) -> None:
    """Filters of the journal at `count` calls."""
    store = EmbeddedStore(folder / "big.sqlite3")
    began = time.perf_counter()
    for start in range(0, count, BATCH):
        store.apply(Batch(calls=[call(n) for n in range(start, min(count, start + BATCH))]), "bench", start)
    print(f"insert: {count / (time.perf_counter() - began):,.0f} calls/s up to {count:,}")
    pick = random.Random(7)
    filters: tuple[tuple[str, Callable[[], CallFilter]], ...] = (
        ("newest", CallFilter),
        ("outcome", lambda: CallFilter(outcome="missed")),
        ("who", lambda: CallFilter(who=f"u{pick.randrange(40)}")),
        ("a day", lambda: CallFilter(until=NOW - pick.random() * count * 43)),
        ("name", lambda: CallFilter(party=f"caller{pick.randrange(5_000)}")),
        ("last four digits", lambda: CallFilter(party=f"{pick.randrange(10_000):04d}")),
    )
    for name, make in filters:
        print(f"page of 50, {name}: {percentiles(lambda make=make: store.calls('acme', make(), None, 50))}")  # type: ignore[misc]  # bound now
    began, cursor, rows = time.perf_counter(), None, 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    while rows < min(20_000, count):
        page = store.calls("acme", CallFilter(), cursor, 200)
        rows, cursor = rows + len(page.rows), page.next_cursor
        if cursor is None:
            break
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"export: {rows:,} calls in {time.perf_counter() - began:.1f} s, memory grew by {grown:.1f} MB")
    store.close()


class Keys:
    """One key."""

    def newest(self, tenant: str) -> tuple[bytes, bytes]:
        return bytes(16), bytes(32)

    def key(self, tenant: str, key_id: bytes) -> bytes:
        return bytes(32)


def kept(folder: Path) -> None:
    """A recording of ten minutes in stereo (19.2 MB), sealed: written, and read in ranges of 64 KiB."""
    sound = folder / "sound.wav"
    sound.write_bytes(os.urandom(19_200_000))
    store, name = SealedStore(LocalStore(folder / "media"), Keys(), ("recording",)), "acme/recording/20270115/r.wav"
    began = time.perf_counter()
    for _ in range(5):
        store.put_file(name, sound, {})
    print(f"sealed and kept: {5 * 19.2 / (time.perf_counter() - began):.0f} MB/s")
    pick = random.Random(7)

    def ranged() -> None:
        start = pick.randrange(19_000_000)
        b"".join(store.read(name, start, start + 65_536))

    print(f"range of 64 KiB: {percentiles(ranged)}")


def main() -> None:
    """All of it."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spooled(folder / "spool", 20_000)
        drained(folder, folder / "spool", 20_000)
        asked(folder, count)
        kept(folder)


if __name__ == "__main__":
    main()
