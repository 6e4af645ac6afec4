"""The packet loop under AddressSanitizer and UndefinedBehaviorSanitizer: random commands and datagrams break nothing."""

from __future__ import annotations

import os
from pathlib import Path

from tests.fuzz import kernels

SEEDS = 400 if os.environ.get("NIGHTLY") else 3
ROUNDS = 20_000 if os.environ.get("NIGHTLY") else 1_000


def test_random_commands_and_datagrams_leave_no_report(tmp_path: Path) -> None:
    program = kernels.build(tmp_path)
    for seed in range(SEEDS):
        said = kernels.run(program, seed, ROUNDS)
        assert "packets in" in said
        assert not said.startswith("0 packets")
