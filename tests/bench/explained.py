"""What explanation costs: the CPU of the switch for calls with all their steps, and for the same calls without any.

    python -m tests.bench.explained [--rounds 30] [--times 4]

As `tests.bench.features`, whose calls these are; with and without take turns, and of each the least of all turns counts.
"""

from __future__ import annotations

import argparse
import sys
from unittest.mock import patch

from softswitch.calls.desk import Desk
from tests.bench.features import CALLS, measured

KINDS = ("a carrier's plain call", "menu, one more key", "queue, one agent", "blind transfer")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--times", type=int, default=4)
    given = parser.parse_args()
    print("| call | with steps, ms | without, ms | steps |")
    print("|---|---|---|---|")
    for name in KINDS:
        told, untold = [], []
        for _ in range(given.times):
            told.append(measured(CALLS[name], given.rounds))
            with patch.object(Desk, "took", lambda desk, step: None):
                untold.append(measured(CALLS[name], given.rounds))
        with_ms, without_ms = min(told), min(untold)
        print(f"| {name} | {with_ms:.2f} | {without_ms:.2f} | {(with_ms / without_ms - 1) * 100:.1f} % |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
