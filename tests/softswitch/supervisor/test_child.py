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


def test_a_child_is_of_our_session_where_niceness_counts_and_of_a_group_of_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    child = Child("x", command, tmp_path / "log", lambda: True)
    child.start()
    try:
        assert child.pid is not None
        assert (os.getsid(0), child.pid) == (os.getsid(child.pid), os.getpgid(child.pid))
    finally:
        child.stop(5)


def test_what_a_child_said_is_what_it_said_in_this_life(tmp_path: Path) -> None:
    child = Child("x", [sys.executable, "-c", "print('again')"], tmp_path / "log", lambda: True)
    child.log.write_text("in a life before\n")
    child.start()
    try:
        while child.alive:
            os.sched_yield()
        assert "again\n" == child.said()
    finally:
        child.stop(5)
