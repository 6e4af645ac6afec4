"""Nodes are removed by the command line, or it says why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from configdb import membership
from configdb.membership import Membership
from tests.softswitch.cli.test_commands import run

AT = {"b": "192.0.2.2:6222", "c": "192.0.2.3:6222"}


def removed(folder: Path, name: str, known: Membership | None) -> tuple[int, str]:
    """The status of the command and what it said."""
    if known is not None:
        membership.write(folder, known)
    done = run("cluster", "remove", name, "--data", str(folder), cwd=folder)
    return done.returncode, done.stdout + done.stderr


def test_a_node_that_does_not_run_removes_another_and_says_that_the_log_has_to_be_told(tmp_path: Path) -> None:
    own = Membership("a", "192.0.2.1:6222", AT, {"b": "kb", "c": "kc"})
    status, said = removed(tmp_path, "b", own)
    assert (1, True) == (status, "softswitch cluster remove b" in said)
    assert membership.without(own, "b") == membership.read(tmp_path)


@pytest.mark.parametrize(
    ("known", "why"),
    [
        (None, "has not joined"),
        (Membership("a", "192.0.2.1:6222", {"c": AT["c"]}, {"c": "kc"}), "there is no other node b: c"),
        (Membership("a", "192.0.2.1:6222", {"b": AT["b"]}, {"b": "kb"}), "would be alone"),
        (Membership("a", "192.0.2.1:6222", AT, {"c": "kc"}), "the key of b is not known"),
    ],
)
def test_who_cannot_be_removed_is_said_and_nothing_is_changed(
    tmp_path: Path, known: Membership | None, why: str
) -> None:
    status, said = removed(tmp_path, "b", known)
    assert 1 == status
    assert why in said
    assert "Traceback" not in said
    assert known == membership.read(tmp_path)
