"""What explanation costs: the share of the switch's CPU of a call that goes into its steps.

    python -m tests.bench.explained [--rounds 30]

As `tests.bench.features`, whose calls these are. Counted are the taking of a step, the words of what happened, and of what is
written the steps' part, by how many of the records they are (the metrics of steps included), less what counting nothing costs.
The figures are medians of the second half; a share is that of one call, so neighbours matter little.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

from ivr import session
from ivr.talk import Talk
from softswitch.adapters.records import Records
from softswitch.calls.desk import Desk
from tests.bench.features import CALLS, each

KINDS = ("a carrier's plain call", "menu, one more key", "queue, one agent", "blind transfer")


class Share:
    """CPU time of steps."""

    def __init__(self) -> None:
        self.ns = 0

    def taken_ms(self) -> float:
        """What was counted since this was asked the last time."""
        ns, self.ns = self.ns, 0
        return ns / 1e6

    def of(self, work: Callable[..., Any], part: Callable[..., float] = lambda *_: 1.0) -> Callable[..., Any]:
        """The same, counted: `part` of it, by what it gets."""

        def counted(*arguments: Any, **more: Any) -> Any:
            began = time.thread_time_ns()
            try:
                return work(*arguments, **more)
            finally:
                ended = time.thread_time_ns()
                empty = time.thread_time_ns() - ended
                self.ns += round((ended - began - empty) * part(*arguments))

        return counted


def steps_of(_: object, *records: Mapping[str, Any]) -> float:
    """How many of the records are steps."""
    return sum(record["kind"] == "step" for record in records) / len(records)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    print("| call | CPU, ms | steps, ms | share |")
    print("|---|---|---|---|")
    for name in KINDS:
        share = Share()
        with ExitStack() as stack:
            for owner, what, part in (
                (Desk, "took", None),
                (Talk, "take", None),
                (session, "told", None),
                (Records, "write", steps_of),
            ):
                counted = share.of(getattr(owner, what), part) if part is not None else share.of(getattr(owner, what))
                stack.enter_context(patch.object(owner, what, counted))
            rows = [(total_ms, share.taken_ms()) for total_ms in each(CALLS[name], rounds)][rounds // 2 :]
        total, steps = (statistics.median(column) for column in zip(*rows, strict=True))
        ratio = statistics.median(steps_ms / total_ms for total_ms, steps_ms in rows)
        print(f"| {name} | {total:.2f} | {steps:.3f} | {ratio * 100:.1f} % |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
