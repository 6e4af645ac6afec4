"""One process of the node: how far it gives way to others."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from softswitch.supervisor.child import Child


@pytest.mark.parametrize("nice", [0, 10])
def test_a_child_runs_as_far_behind_as_it_was_told(tmp_path: Path, nice: int) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    child = Child("x", command, tmp_path / "log", lambda: True, nice=nice)
    child.start()
    try:
        assert child.pid is not None
        assert os.getpriority(os.PRIO_PROCESS, 0) + nice == os.getpriority(os.PRIO_PROCESS, child.pid)
    finally:
        child.stop(5)
