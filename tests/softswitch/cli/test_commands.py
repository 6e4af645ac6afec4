"""What the command line says, without a node."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from softswitch.cli.main import hoist


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The program."""
    root = str(Path(__file__).parents[3])
    command = [
        sys.executable,
        "-c",
        f"import sys; sys.path.insert(0, {root!r}); from softswitch.cli.main import run; run()",
    ]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=60, check=False, cwd=cwd)


def test_global_options_may_stand_anywhere() -> None:
    assert ["--json", "--data", "d", "calls", "--live"] == hoist(["calls", "--json", "--live", "--data", "d"])


@pytest.mark.parametrize(
    "command",
    [["status"], ["calls"], ["explain", "c1"], ["config", "log"], ["voicemail"], ["queues"], ["drain"], ["link"]],
)
def test_without_a_node_the_command_says_how_to_start_one(command: list[str], tmp_path: Path) -> None:
    done = run(*command, cwd=tmp_path)
    assert 1 == done.returncode
    assert "softswitch up" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_is_json_when_json_was_asked_for(tmp_path: Path) -> None:
    done = run("status", "--json", cwd=tmp_path)
    assert "softswitch up" in json.loads(done.stderr)["error"]


def test_a_data_directory_is_an_absolute_path_for_every_process(tmp_path: Path) -> None:
    done = run("status", "--data", "somewhere", cwd=tmp_path)
    assert str(tmp_path / "somewhere") in done.stderr


def test_doctor_names_what_is_wrong_and_its_fix(tmp_path: Path) -> None:
    done = run("doctor", "--json", "--data", str(tmp_path), cwd=tmp_path)
    findings = {one["name"]: one for one in json.loads(done.stdout)["findings"]}
    assert 1 == done.returncode
    assert findings["python"]["ok"]
    assert not findings["node"]["ok"]
    assert "softswitch up" in findings["node"]["fix"]


def test_every_command_has_help(tmp_path: Path) -> None:
    text = run("--help", cwd=tmp_path).stdout
    for command in (
        "up",
        "demo",
        "status",
        "doctor",
        "calls",
        "explain",
        "simulate",
        "call",
        "config",
        "recordings",
        "quality",
        "acceptance",
    ):
        assert command in text
