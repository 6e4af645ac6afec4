"""Channels of trunks and tenants: which limit is reached, and that every channel comes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from configdb.model import Trunk
from softswitch.peers.channels import Channels, Direction, Full


def trunk(**more: object) -> Trunk:
    return Trunk.model_validate({"id": "north", "name": "North", **more})


def filled(one: Trunk, direction: Direction = "out", count: int = 2, tenant_max: int | None = None) -> Full | None:
    channels = Channels()
    for number in range(count):
        assert channels.take(f"l{number}", one, direction, "acme", 0.0, tenant_max) is None
    return channels.take("one-more", one, direction, "acme", 0.5, tenant_max)


@pytest.mark.parametrize(
    ("limits", "direction", "code"),
    [
        ({"channels_max": 2}, "out", "limit.trunk_channels"),
        ({"channels_max": 2}, "in", "limit.trunk_channels"),
        ({"channels_out_max": 2}, "out", "limit.trunk_channels_out"),
        ({"channels_in_max": 2}, "in", "limit.trunk_channels_in"),
        ({"calls_per_s_out_max": 2}, "out", "limit.trunk_calls_per_s_out"),
        ({"calls_per_s_in_max": 2}, "in", "limit.trunk_calls_per_s_in"),
    ],
)
def test_the_limit_that_is_reached_is_named(limits: dict[str, int], direction: Direction, code: str) -> None:
    full = filled(trunk(**limits), direction)
    assert full is not None
    assert (code, 503) == (full.code, full.status)
    assert "2" in full.text


@pytest.mark.parametrize(
    ("limits", "direction"), [({"channels_out_max": 2}, "in"), ({"channels_in_max": 2}, "out"), ({}, "out")]
)
def test_the_other_direction_has_its_own_limit(limits: dict[str, int], direction: Direction) -> None:
    assert filled(trunk(**limits), direction) is None


def test_a_tenant_has_its_own_limit_over_all_trunks() -> None:
    channels = Channels()
    other = trunk().model_copy(update={"id": "south"})
    channels.take("a", trunk(), "out", "acme", 0.0, 1)
    full = channels.take("b", other, "out", "acme", 0.0, 1)
    assert full is not None
    assert ("limit.tenant_channels", 480) == (full.code, full.status)
    assert channels.take("c", other, "in", "acme", 0.0, 1) is None


def test_a_second_later_new_calls_may_come() -> None:
    channels, one = Channels(), trunk(calls_per_s_out_max=1)
    assert channels.take("a", one, "out", "acme", 0.0) is None
    assert channels.take("b", one, "out", "acme", 0.99) is not None
    assert channels.take("b", one, "out", "acme", 1.0) is None


def test_the_pace_is_that_of_the_last_second_and_older_calls_are_forgotten() -> None:
    channels, one = Channels(), trunk(channels_max=100_000)
    for number in range(3000):
        channels.take(f"l{number}", one, "in", "acme", number / 10)
    assert (10, 0) == channels.pace("north", 299.95)
    assert sum(map(len, channels._recent.values())) <= 11
    assert (0, 0) == channels.pace("north", 400.0)


def test_an_emergency_call_is_refused_no_channel() -> None:
    channels, one = Channels(), trunk(channels_max=1, calls_per_s_out_max=0)
    for number in range(100):
        assert channels.take(f"l{number}", one, "out", "acme", 0.0, 0, emergency=True) is None
    assert (0, 100) == channels.used("north")


@given(some.lists(some.tuples(some.booleans(), some.integers(0, 5), some.sampled_from(["in", "out"]))))
def test_channels_in_use_are_those_of_the_legs_that_live(doings: list[tuple[bool, int, Direction]]) -> None:
    channels, one, alive = Channels(), trunk(channels_max=3), dict[str, Direction]()
    for takes, number, direction in doings:
        leg = f"l{number}"
        if takes and channels.take(leg, one, direction, "acme", 0.0) is None:
            alive.setdefault(leg, direction)
        elif not takes:
            channels.free(leg)
            alive.pop(leg, None)
        into = sum(1 for each in alive.values() if each == "in")
        assert (into, len(alive) - into) == channels.used("north")
        assert len(alive) <= 3


@pytest.mark.parametrize("direction", ["in", "out"])
def test_a_drained_trunk_has_no_new_calls_and_keeps_those_it_has(direction: Direction) -> None:
    channels = Channels()
    assert channels.take("before", trunk(), direction, "acme", 0.0) is None
    full = channels.take("after", trunk(drained=True), direction, "acme", 0.0)
    assert full is not None
    assert ("limit.trunk_drained", 503) == (full.code, full.status)
    assert channels.take("before", trunk(drained=True), direction, "acme", 1.0) is None
    assert 1 == sum(channels.used("north"))
    assert channels.take("help", trunk(drained=True), direction, "acme", 0.0, emergency=True) is None
