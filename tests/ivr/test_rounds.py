"""Whom a group rings, in which order: one table for the strategies; who is left out, and why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from configdb.model import Group, Schedule, Tenant, User
from configdb.snapshot import TenantView
from ivr.rounds import rounds_of, still_wanted
from ivr.talk import Caller, Talk

NOON, NIGHT = datetime(2026, 11, 26, 12, tzinfo=UTC), datetime(2026, 11, 26, 3, tzinfo=UTC)
USERS = {id: User(id=id, name=id.title(), extension=f"10{n}") for n, id in enumerate("abcd")}
USERS["d"] = USERS["d"].model_copy(update={"dnd": True})
DAY = Schedule.model_validate({"id": "day", "name": "Day", "weekly": {"thu": [{"start": "08:00", "end": "18:00"}]}})
STAGES = [
    {"members": ["a"], "ring_s": 10},
    {"members": ["b", "d"], "ring_s": 15, "schedule": "day"},
    {"members": ["a", "b", "c"], "ring_s": 20},
]


def talk(at: datetime = NOON) -> Talk:
    view = TenantView(Tenant(id="t", name="T", timezone="UTC"), 1, users=USERS, schedules={"day": DAY})
    return Talk(view, Caller("+12025550100"), True, at)


def group(strategy: str, **more: Any) -> Group:
    document = {"id": "g", "name": "G", "members": ["a", "b", "c", "d"], "ring_s": 25, "strategy": strategy, **more}
    return Group.model_validate(document)


@pytest.mark.parametrize(
    ("strategy", "turn", "at", "expected"),
    [
        ("simultaneous", 0, NOON, [("abc", 25)]),
        ("sequential", 0, NOON, [("a", 25), ("b", 25), ("c", 25)]),
        ("round_robin", 0, NOON, [("a", 25), ("b", 25), ("c", 25)]),
        ("round_robin", 1, NOON, [("b", 25), ("c", 25), ("a", 25)]),
        ("round_robin", 5, NOON, [("c", 25), ("a", 25), ("b", 25)]),
        ("rule", 0, NOON, [("a", 10), ("b", 15), ("abc", 20)]),
        ("rule", 0, NIGHT, [("a", 10), ("abc", 20)]),
    ],
)
def test_the_rounds_of_a_group(strategy: str, turn: int, at: datetime, expected: list[tuple[str, float]]) -> None:
    found = group(strategy, **({"stages": STAGES} if strategy == "rule" else {}))
    rounds = rounds_of(found, None, turn, talk(at))
    assert expected == [("".join(party.id for party in one.parties), one.ring_s) for one in rounds]


def test_a_group_of_which_nobody_wants_calls_has_no_rounds() -> None:
    assert [] == rounds_of(group("round_robin", members=["d"]), None, 3, talk())


def test_who_declined_before_is_left_out_of_every_later_round() -> None:
    asked = talk()
    [one] = rounds_of(group("simultaneous"), 5.0, 0, asked)
    asked.declined.update({"b", "nobody"})
    asked.taken()
    assert ["a", "c"] == [party.id for party in still_wanted(one, asked)]
    assert ["dial.declined_before"] == [effect.step.code for effect in asked.taken()]  # type: ignore[union-attr]  # a step


@pytest.mark.parametrize(("strategy", "more"), [("rule", {}), ("sequential", {"stages": STAGES})])
def test_stages_belong_to_the_rule_and_the_rule_to_stages(strategy: str, more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="exactly when it has stages"):
        group(strategy, **more)
