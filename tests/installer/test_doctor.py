"""What doctor says of limits is true of the node, whatever the shell is that asks."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from configdb.node import NodeSettings
from installer.doctor import FILES_MIN, machine
from installer.finding import Finding

WAITS = "import sys; sys.stdin.read()  # softswitch"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A data directory, and the process that its supervisor is."""
    (tmp_path / "run").mkdir()
    with subprocess.Popen([sys.executable, "-c", WAITS], stdin=subprocess.PIPE) as process:
        (tmp_path / "run" / "supervisor.lock").write_text(str(process.pid))
        yield tmp_path, process.pid
        process.communicate()


def files(data: Path) -> Finding:
    return next(one for one in machine(data, NodeSettings(data_dir=data)) if one.name == "open files")


def test_the_limit_of_files_is_that_of_the_node_that_runs(node: tuple[Path, int]) -> None:
    data, pid = node
    for limit, enough in ((FILES_MIN, True), (FILES_MIN - 1, False)):
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, FILES_MIN))
        assert (enough, f"limit {limit}") == (files(data).ok, files(data).text)


def test_of_a_node_that_does_not_run_it_is_that_of_the_shell(tmp_path: Path) -> None:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert f"limit {soft}" == files(tmp_path).text
