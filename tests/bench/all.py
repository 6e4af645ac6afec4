"""`make bench`: runs the main benchmarks of `docs/benchmarks.md`, one after another, and prints what each prints."""

from __future__ import annotations

import subprocess
import sys

BENCHES = (
    ("tests.bench.media", "--streams", "200", "1000", "2000"),
    ("tests.bench.node", "300", "20"),
    ("tests.bench.inside", "900"),
    ("tests.bench.sip",),
    ("tests.bench.queues",),
    ("tests.bench.config", "10000"),
    ("tests.bench.quality", "10"),
    ("tests.bench.history", "100000"),
)


def main() -> None:
    """Stops at the first that fails."""
    for module, *arguments in BENCHES:
        print(f"\npython -m {module} {' '.join(arguments)}", flush=True)
        subprocess.run([sys.executable, "-m", module, *arguments], check=True)


if __name__ == "__main__":
    main()
