"""History and media: spool, drain, queries and export over many calls, sound at rest. `python -m tests.bench.history [CALLS]`."""

from __future__ import annotations

import gc
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from history.documents import Call
from history.embedded import EmbeddedStore
from history.rollups import roll
from history.spool import Spool
from history.store import Batch, CallFilter
from history.writer import Writer
from media.audio.wav import header, parse
from media.storage.azure import AzureStore
from media.storage.coded import MP3
from media.storage.local import LocalStore
from media.storage.names import name_of
from media.storage.packed import PackedStore
from media.storage.sealed import SealedStore
from tests.history.test_records import NoSound
from tests.media.storage.blobs import azurite, connection
from tests.mgmt.conftest import made_world

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


def packed(folder: Path) -> None:
    """Ten minutes of two who speak in turns, by the prompts' voice: packed, and read in ranges as the WAV that it was."""
    prompts = (parse(path.read_bytes()) for path in sorted(Path("media/prompts").rglob("*.wav")))
    said = np.concatenate([one.samples[:, 0] for one in prompts if one.rate == 8000][:400])
    voice = np.resize(said, 600 * 8000)
    turn = np.arange(len(voice)) // 32_000 % 2
    sound = folder / "talk.wav"
    both = np.stack([np.where(turn == 0, voice, 0), np.where(turn == 1, voice, 0)], axis=1).astype(np.int16)
    sound.write_bytes(header(2, len(both)) + both.tobytes())
    store = PackedStore(
        SealedStore(LocalStore(folder / "media"), Keys(), ("recording",)), LocalStore(folder / "forms"), folder
    )
    name = "acme/recording/20270115/talk.wav"
    store.put_file(name, sound, {})
    began = time.process_time()
    store.formed(name, MP3)
    print(f"MP3 of ten minutes in stereo: {time.process_time() - began:.1f} s of CPU")
    began = time.process_time()
    store.pack(name)
    part = store.kept(name).size_bytes / sound.stat().st_size
    print(f"packed and read back: {time.process_time() - began:.1f} s of CPU, {part:.2f} of the size")
    pick = random.Random(7)

    def ranged() -> None:
        start = pick.randrange(19_000_000)
        b"".join(store.read(name, start, start + 65_536))

    print(f"range of 64 KiB of it: {percentiles(ranged)}")


def uploaded(folder: Path) -> None:
    """Recordings of 19.2 MB to a server of Azure's protocol on this machine, with checksums of each block and of all."""
    sound = folder / "sound.wav"
    with azurite(folder / "azurite") as port:
        store = AzureStore(connection(port), "bench", "")
        began = time.perf_counter()
        for number in range(5):
            store.put_file(f"acme/recording/20270115/r{number}.wav", sound, {})
        print(f"uploaded: {5 * 19.2 / (time.perf_counter() - began):.0f} MB/s")


def archived(folder: Path, count: int) -> None:
    """So many calls with a recording of two seconds each in one archive, as a browser fetches it."""
    folder.mkdir()
    world = next(made_world(folder, ""))
    context = world.context
    sound = folder / "two.wav"
    sound.write_bytes(header(1, 16_000) + os.urandom(32_000))
    for start in range(0, count, BATCH):
        some = [
            replace(call(n), tenant="riverside", recording=f"recording-20270115-r{n}")
            for n in range(start, start + BATCH)
        ]
        for one in some:
            context.media.put_file(name_of("riverside", one.recording or ""), sound, {})
        context.history.apply(Batch(calls=some), "bench", start)
    gc.collect()
    before, began, size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter(), 0
    with world.client().get("/api/v1/export/recordings.zip") as answer:
        for chunk in answer.iter_encoded():
            size += len(chunk)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    took = time.perf_counter() - began
    print(f"archive of {count:,} calls: {size / 1e6:,.0f} MB in {took:.0f} s, memory grew by {grown:.1f} MB")


def main() -> None:
    """All of it."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spooled(folder / "spool", 20_000)
        drained(folder, folder / "spool", 20_000)
        asked(folder, count)
        kept(folder)
        packed(folder)
        uploaded(folder)
        archived(folder / "archive", 20_000)


if __name__ == "__main__":
    main()
