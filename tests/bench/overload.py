"""Goodput under overload: `python -m tests.bench.overload [TIMES ...] [--of RATE]` (default 1 2 5 10). About five minutes.

First R, the highest rate at which 10,000 calls are good (RFC 7502 method: faster until something fails, then halving steps,
each try 6 s, then slower until so many calls in a row are; with `--of` it is given, where neighbours end the search too
early), then that rate times TIMES for `SECONDS`. A call is good when it is answered within 2 s and its BYE is; "told" is the
time to 200 or 503. The node is on one core, SIPp on the other. After each overload the rate is R/2 until nothing fails for a
second.
"""

from __future__ import annotations

import argparse
import csv
import math
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from installer.demo_tenant import MAIN_NUMBER
from tests.bench.servers import LOAD_CORE, Node, memory_kb, on_core
from tests.bench.sipload import SCENARIOS

TRY_SECONDS, SECONDS, AFTER_SECONDS = 6, 15, 8
RATE_FIRST, RATE_STEP = 10.0, 0.08
SESSIONS = 10_000
ANSWERED_MS_MAX = 2_000.0


@dataclass(frozen=True, slots=True)
class Run:
    """What SIPp saw: calls offered, over as they should be, told 503, failed; sorted times to 200 or 503 in ms."""

    seconds: float
    offered: int
    good: int
    shed: int
    failed: int
    told_ms: list[float]
    failed_late: int
    """Calls that failed or were shed after the fifth second."""

    @property
    def clean(self) -> bool:
        """Every call was good."""
        return self.good > 0 and self.shed == self.failed == 0

    def told(self, share: float) -> float:
        """A percentile."""
        return (
            self.told_ms[min(len(self.told_ms) - 1, int(share * len(self.told_ms)))] if self.told_ms else float("inf")
        )


def load(node: Node, folder: Path, rate: float, seconds: int) -> Run:
    """Calls at a rate for so long."""
    for file in folder.glob("overload_*"):
        file.unlink()
    (folder / "overload.xml").write_text((SCENARIOS / "overload.xml").read_text())
    statistics, count = folder / "overload_stat.csv", max(1, round(rate * seconds))
    options = ["-m", str(count), "-r", f"{rate:g}", "-l", "50000", "-timeout", str(seconds + 40), "-timeout_error"]
    options += [
        "-recv_timeout",
        "32000",
        "-trace_stat",
        "-stf",
        str(statistics),
        "-fd",
        "1",
        "-trace_rtt",
        "-rtt_freq",
        "1",
    ]
    where = [
        "-i",
        "127.0.0.1",
        "-mi",
        "127.0.0.1",
        "-p",
        str(node.caller_port),
        "-s",
        MAIN_NUMBER,
        "-nostdin",
        "-buff_size",
        "4194304",
    ]
    with on_core(LOAD_CORE):
        command = ["sipp", node.address, "-sf", "overload.xml", *where, *options]
        subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=seconds + 60)
    with open(statistics) as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    last, early = rows[-1], rows[min(5, len(rows) - 1)]
    lines = [line for path in folder.glob("overload_*_rtt.csv") for line in path.read_text().splitlines()]
    timed = [line.split(";") for line in lines if line[:1].isdigit()]
    times = [float(ms) for _, ms, *_ in timed]

    def counted(row: dict[str, str], *names: str) -> int:
        return sum(int(row[name]) for name in names)

    bad = ("FailedCall(C)", "GenericCounter3(C)")
    answered_late = sum(1 for _, ms, which in timed if which.strip() == "1" and float(ms) > ANSWERED_MS_MAX)
    return Run(
        seconds,
        counted(last, "OutgoingCall(C)"),
        max(0, counted(last, "GenericCounter2(C)") - answered_late),
        counted(last, "GenericCounter3(C)"),
        counted(last, "FailedCall(C)"),
        sorted(times),
        counted(last, *bad) - counted(early, *bad),
    )


def zero_failure_rate(node: Node, folder: Path) -> float:
    """R (RFC 7502 4.11): near it by short tries, then the next lower rate at which SESSIONS calls in a row are good."""
    good, bad, rate = 0.0, float("inf"), RATE_FIRST
    while bad > good * (1 + RATE_STEP):
        if load(node, folder, rate, TRY_SECONDS).clean:
            good = rate
        else:
            bad = rate
        print(f"  {rate:.0f} calls/s: {'clean' if good == rate else 'not clean'}", file=sys.stderr)
        if bad < 1:
            return 0.0
        rate = good * 1.5 if bad == float("inf") else (good + bad) / 2
    while not load(node, folder, good, math.ceil(SESSIONS / good)).clean:
        print(f"  {good:.0f} calls/s: not clean over {SESSIONS} calls", file=sys.stderr)
        good *= 1 - RATE_STEP
    return good


def main() -> None:
    """Start a node, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("times", type=float, nargs="*", default=[1.0, 2.0, 5.0, 10.0])
    parser.add_argument("--of", type=float)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, Node.started(Path(scratch)) as node:
        folder = Path(scratch)
        load(node, folder, RATE_FIRST, 2)
        reference = given.of or zero_failure_rate(node, folder)
        print(f"R = {reference:.0f} calls/s without a failure over {SESSIONS} calls; overload for {SECONDS} s")
        print(
            "| offered | calls/s | goodput | of R | shed | failed | told p50 ms | told p95 ms | RSS MB | bad after 5 s |"
        )
        print("|---|---|---|---|---|---|---|---|---|---|")
        for each in given.times:
            run = load(node, folder, each * reference, SECONDS)
            after = load(node, folder, reference / 2, AFTER_SECONDS)
            goodput = run.good / run.seconds
            rss = memory_kb(node.pids()["switch"]) / 1024
            print(
                f"| {each:g} R | {each * reference:.0f} | {goodput:.1f} | {100 * goodput / max(reference, 1):.0f} % | {run.shed}"
                f" | {run.failed} | {run.told(0.5):.0f} | {run.told(0.95):.0f} | {rss:.0f} | {after.failed_late} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
