"""What a node tells of the nodes it knows, and what it learns from others; who was removed is not of the cluster."""

from __future__ import annotations

from pathlib import Path

import pytest

from configdb import authority, membership
from configdb.membership import Membership
from softswitch.adapters.roll import Roll


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Of node a, which knows b and its key, and c without."""
    authority.ensure(tmp_path)
    authority.certify(tmp_path, "a", "192.0.2.1")
    others = {"b": "192.0.2.2:6222", "c": "192.0.2.3:6222"}
    membership.write(tmp_path, Membership("a", "192.0.2.1:6222", others, {"b": "kb"}, frozenset({"kx"})))
    return tmp_path


def test_a_node_tells_itself_and_whom_it_knows_by_key(data: Path) -> None:
    nodes = {"a": ["192.0.2.1:6222", authority.own_pin(data)], "b": ["192.0.2.2:6222", "kb"]}
    assert {"nodes": nodes, "removed": ["kx"]} == Roll(data).told()


def test_what_another_node_tells_is_kept(data: Path) -> None:
    Roll(data).heard({"nodes": {"c": ["192.0.2.3:6222", "kc"], "d": ["192.0.2.4:6222", "kd"]}, "removed": ["kb"]})
    known = membership.read(data)
    assert known is not None
    assert ({"c": "kc", "d": "kd"}, {"kb", "kx"}) == (known.pins, known.removed)
    assert [False, True] == [Roll(data).knows(name) for name in ("b", "d")]


def test_what_is_known_already_is_not_written_again(data: Path) -> None:
    before = membership.members_file(data).stat().st_ino
    told = Roll(data).told()
    assert told is not None
    Roll(data).heard(told)
    assert before == membership.members_file(data).stat().st_ino


def test_a_node_that_never_joined_tells_nothing_and_knows_everybody(tmp_path: Path) -> None:
    roll = Roll(tmp_path)
    assert (None, None, True) == (roll.told(), roll.heard({"nodes": {}, "removed": []}), roll.knows("b"))


@pytest.mark.parametrize("told", [{}, {"nodes": {"b": 1}, "removed": []}, {"nodes": [], "removed": []}])
def test_a_roll_that_is_none_is_refused(data: Path, told: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        Roll(data).heard(told)
