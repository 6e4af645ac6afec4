"""Call set-up beside a management plane under full load: `python -m tests.bench.beside [ROUNDS] [CALLS]`.

Calls to the main number, once quiet and once while `CLIENTS` programs ask the API as fast as it answers (calls, inbox, one call,
the configuration, a change of it), in turns. The whole node is on one core, caller and programs on the other. The figure is
the time from INVITE to 200 at the caller, call after call.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from installer.demo_tenant import MAIN_NUMBER
from softswitch.cli.api import Api
from tests.bench.probe import probe
from tests.bench.servers import LOAD_CORE, Node

CLIENTS = 4
NICE = 10
"""Of the programs: the caller, who measures, goes first."""
PATHS = (
    "/api/v1/calls?limit=50",
    "/api/v1/activities?limit=50",
    "/api/v1/config/user",
    "/api/v1/calls/live",
    "/api/v1/status",
)


def ask(data: Path, until: object, asked: object) -> None:
    """Programs that never wait, in a process of their own."""
    os.sched_setaffinity(0, {LOAD_CORE})
    os.nice(NICE)

    def one(number: int) -> None:
        api, count = Api(data, "riverside"), 0
        while not until.is_set():  # type: ignore[attr-defined]  # an event of multiprocessing
            if count % 25 == number:
                schedule = {"id": f"bench-{number}", "name": f"Bench {count}"}
                api.request("PUT", f"/api/v1/config/schedule/bench-{number}", schedule, {"If-Match": "*"})
            else:
                api.get(PATHS[count % len(PATHS)])
            count += 1
        with asked.get_lock():  # type: ignore[attr-defined]  # a value of multiprocessing
            asked.value += count  # type: ignore[attr-defined]  # as above

    threads = [threading.Thread(target=one, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def busy(data: Path) -> Iterator[multiprocessing.Value]:  # type: ignore[valid-type]  # a value of multiprocessing
    """While it goes on, the API is asked; afterwards the value is how often."""
    until, asked = multiprocessing.Event(), multiprocessing.Value("i", 0)
    process = multiprocessing.Process(target=ask, args=(data, until, asked))
    process.start()
    try:
        time.sleep(2)
        yield asked
    finally:
        until.set()
        process.join(30)


def row(name: str, times: list[float], asked: float) -> None:
    """A line of the table."""

    def at(share: float) -> float:
        return times[min(len(times) - 1, int(share * len(times)))]

    print(f"| {name} | {len(times)} | {at(0.5):.2f} | {at(0.95):.2f} | {at(0.99):.2f} | {asked:.0f} |", flush=True)


def main() -> None:
    """Start a node, measure in turns, print the table."""
    given = [int(text) for text in sys.argv[1:]]
    rounds, calls = (*given, *(3, 500)[len(given) :])
    quiet: list[float] = []
    loaded: list[float] = []
    requests, busy_s = 0, 0.0
    with tempfile.TemporaryDirectory() as scratch, Node.started(Path(scratch)) as node:
        menu = replace(node, number=MAIN_NUMBER)
        probe(menu, 50)
        print("| management plane | calls | p50 ms | p95 ms | p99 ms | requests a second |\n|---|---|---|---|---|---|")
        for number in range(rounds):
            alone = sorted(probe(menu, calls).answered_ms)
            began = time.monotonic()
            with busy(node.running.data) as asked:
                beside = sorted(probe(menu, calls).answered_ms)
            lasted = time.monotonic() - began
            pace, busy_s = asked.value / lasted, busy_s + lasted
            requests += asked.value
            row(f"quiet, round {number + 1}", alone, 0)
            row(f"asked by {CLIENTS} programs, round {number + 1}", beside, pace)
            quiet, loaded = quiet + alone, loaded + beside
        row("quiet, all", sorted(quiet), 0)
        row("asked, all", sorted(loaded), requests / busy_s)


if __name__ == "__main__":
    main()
