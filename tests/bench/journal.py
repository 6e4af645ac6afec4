"""The journal at a million calls and ten: how fast they come in, and a page by each filter. On sqlite3, or over MongoDB's wire.

    python -m tests.bench.journal embedded|foreign|mongodb://... FOLDER CALLS [CALLS ...]

One tenant has all of them. Every third call is missed and every fifth recorded; the first 200,000 leave an activity. On sqlite3
all but the last 100,000 are filled in (`tests.bench.filled`); these are written as the product does, and timed. After each number
of calls every filter is asked 200 times, for a page of 50, with values drawn by lot; the process asks itself, warm. Ten million
are some 20 GB; a number that does not fit on the disk is not begun.
"""

from __future__ import annotations

import random
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from history.activity import Activity
from history.documents import Call
from history.store import ActivityFilter, Batch, CallFilter, HistoryStore
from tests.bench.filled import fill
from tests.history.stores import FILE, foreign, opened

NOW = 1_800_000_000.0
GAP_S, BATCH, ASKED = 4.3, 5_000, 200
TIMED = 100_000
ACTIVITIES = 200_000
CALL_BYTES, SPARE_BYTES = 2_200, 10_000_000_000
"""What a call takes on the disk with its indexes, at most; and what is left alone."""
PEOPLE, TRUNKS, NAMES, CALLERS = 400, 8, 50_000, 1_000_000
OUTCOMES = ("answered", "missed", "voicemail")


def call(number: int) -> Call:
    """One of many, the newest last; a day has 20,000."""
    at, pick = NOW + number * GAP_S, random.Random(number)
    more: dict[str, Any] = {
        "who": f"u{pick.randrange(PEOPLE)}",
        "trunk": f"t{pick.randrange(TRUNKS)}",
        "from_name": f"Caller{pick.randrange(NAMES)}",
        "outcome": OUTCOMES[number % 3],
        "recording": f"recording-20270115-r{number}" if number % 5 == 0 else None,
    }
    way, caller = ("inbound", "outbound")[number % 2], f"+1{2_025_000_000 + pick.randrange(CALLERS)}"
    return Call(f"c{number:08d}", "acme", way, caller, "+12025550199", at, ended_at=at + 60, **more)


def item(number: int) -> Activity:
    """What the call left; all but the newest thousandth is closed."""
    at, pick = NOW + number * GAP_S, random.Random(number)
    return Activity(
        f"a{number:08d}",
        "acme",
        "voicemail" if number % 3 == 2 else "call",
        f"c{number:08d}",
        at,
        f"+1{2_025_000_000 + pick.randrange(CALLERS)}",
        "+12025550199",
        state="open" if number % 1000 == 0 else "resolved",
        assigned_to=f"u{pick.randrange(PEOPLE)}" if number % 4 == 0 else None,
        phone=f"+1{2_025_000_000 + pick.randrange(CALLERS)}",
    )


def filters(count: int, pick: random.Random) -> tuple[tuple[str, Callable[[], CallFilter]], ...]:
    """Those of the journal, each as it is asked."""

    def day() -> dict[str, float]:
        since = NOW + pick.random() * max(count * GAP_S - 86_400, 0)
        return {"since": since, "until": since + 86_400}

    def digits(length: int) -> str:
        return str(2_025_000_000 + pick.randrange(CALLERS))[-length:]

    return (
        ("newest", CallFilter),
        ("direction", lambda: CallFilter(direction=pick.choice(("inbound", "outbound")))),
        ("outcome", lambda: CallFilter(outcome=pick.choice(OUTCOMES))),
        ("who", lambda: CallFilter(who=f"u{pick.randrange(PEOPLE)}")),
        ("trunk", lambda: CallFilter(trunk=f"t{pick.randrange(TRUNKS)}")),
        ("recorded", lambda: CallFilter(recorded=True)),
        ("a day", lambda: CallFilter(**day())),
        ("who, on a day", lambda: CallFilter(who=f"u{pick.randrange(PEOPLE)}", **day())),
        ("missed, on a day", lambda: CallFilter(outcome="missed", **day())),
        ("name", lambda: CallFilter(party=f"caller{pick.randrange(NAMES)}")),
        ("whole number", lambda: CallFilter(party=digits(10))),
        ("last four digits", lambda: CallFilter(party=digits(4))),
    )


def asked(ask: Callable[[], object]) -> str:
    """p50 and p99 in ms."""
    took = []
    for _ in range(ASKED):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return f"p50 {took[ASKED // 2]:.2f} ms, p99 {took[int(ASKED * 0.99)]:.2f} ms"


def measured(store: HistoryStore, count: int) -> None:
    """Every filter at so many calls."""
    pick = random.Random(7)
    for name, make in filters(count, pick):
        print(f"  calls, {name}: {asked(lambda make=make: store.calls('acme', make(), None, 50))}", flush=True)  # type: ignore[misc]  # bound now
    wanted: tuple[tuple[str, Callable[[], ActivityFilter]], ...] = (
        ("newest", ActivityFilter),
        ("open", lambda: ActivityFilter(states=("open",))),
        ("assigned to", lambda: ActivityFilter(assigned_to=f"u{pick.randrange(PEOPLE)}")),
        ("of a customer's number", lambda: ActivityFilter(phone=f"+1{2_025_000_000 + pick.randrange(CALLERS)}")),
    )
    for title, choose in wanted:
        print(
            f"  activities, {title}: {asked(lambda choose=choose: store.activities('acme', choose(), None, 50))}",  # type: ignore[misc]  # bound now
            flush=True,
        )


def batches(first: int, end: int) -> Iterator[Batch]:
    """The calls from `first` on, and what they left."""
    for start in range(first, end, BATCH):
        if start % 100_000 == 0:
            print(f"  at {start:,}", file=sys.stderr, flush=True)
        span = range(start, min(end, start + BATCH))
        yield Batch(calls=[call(n) for n in span], activities=[item(n) for n in span if n < ACTIVITIES])


def main() -> None:
    """Up to each of the numbers, in one history."""
    back_end, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as open_now:
        url = open_now.enter_context(foreign()) if back_end == "foreign" else back_end
        kind = {"embedded": "sqlite3", "foreign": "foreign"}.get(back_end, "real")
        store, done = open_now.enter_context(opened(kind, folder, url)), 0
        for count in map(int, sys.argv[3:]):
            if (count - done) * CALL_BYTES > shutil.disk_usage(folder).free - SPARE_BYTES:
                raise SystemExit(f"{count:,} calls do not fit: {folder} needs {count * CALL_BYTES / 1e9:.0f} GB")
            if kind == "sqlite3" and count - done > TIMED:
                began = time.perf_counter()
                fill(folder / FILE, batches(done, count - TIMED))
                print(f"{back_end}: filled up to {count - TIMED:,} in {time.perf_counter() - began:.0f} s", flush=True)
                done = count - TIMED
            began, before = time.perf_counter(), done
            cpu = time.process_time()
            for batch in batches(done, count):
                done += len(batch.calls)
                store.apply(batch, "bench", done)
            took, cpu = time.perf_counter() - began, time.process_time() - cpu
            size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
            print(
                f"{back_end}, {count:,} calls: {(count - before) / took:,.0f} calls/s, "
                f"{cpu / (count - before) * 1000:.2f} ms of the processor a call, {size / 1e9:.2f} GB",
                flush=True,
            )
            measured(store, count)


if __name__ == "__main__":
    main()
