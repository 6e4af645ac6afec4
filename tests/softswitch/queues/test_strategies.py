"""Who is rung: one table for each strategy, then penalties, skills and priorities."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.events import QueueJoined, QueueOffer
from tests.softswitch.queues.hall import Scene, members


def scene(strategy: str, **more: Any) -> Scene:
    return Scene(sales={"agents": members("u1", "u2", "u3"), "strategy": strategy, "wrap_up_s": 0, **more})


def play(one: Scene, rounds: int) -> list[str]:
    """Callers come one after another; each conversation is over before the next comes. Who was rung?"""
    for number in range(rounds):
        call = f"c{number}"
        one.join(call)
        one.later(1)
        agent = one.offers()[-1][1]
        one.answers(call, agent)
        one.later(10)
        one.hangs_up(call, agent)
        one.later(1)
    return [agent for _, agent in one.offers()]


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("longest_idle", ["u1", "u2", "u3", "u1", "u2", "u3"]),
        ("round_robin", ["u1", "u2", "u3", "u1", "u2", "u3"]),
        ("least_calls", ["u1", "u2", "u3", "u1", "u2", "u3"]),
        ("sequential", ["u1", "u1", "u1", "u1", "u1", "u1"]),
    ],
)
def test_equal_agents_are_rung_in_this_order(strategy: str, expected: list[str]) -> None:
    one = scene(strategy)
    one.login("u1", "u2", "u3")
    assert expected == play(one, 6)


def test_the_one_who_is_idle_for_longest_is_rung_whoever_logged_in_first() -> None:
    one = scene("longest_idle")
    one.login("u3")
    one.later(5)
    one.login("u1", "u2")
    assert ["u3", "u1", "u2", "u3"] == play(one, 4)


def test_round_robin_goes_on_after_who_was_rung_last_even_if_they_did_not_answer() -> None:
    one = scene("round_robin")
    one.login("u1", "u2", "u3")
    one.join("a")
    one.refuses("a", "u1")
    one.answers("a", "u2")
    one.later(60)
    one.join("b")
    assert [("a", "u1"), ("a", "u2"), ("b", "u3")] == one.offers()


def test_least_calls_rings_who_took_fewest() -> None:
    one = scene("least_calls")
    one.login("u1")
    play(one, 2)
    one.login("u2", "u3")
    one.log.clear()
    assert ["u2", "u3", "u2", "u3", "u1"] == play(one, 5)


def test_random_rings_the_smallest_number_drawn_when_they_became_free() -> None:
    drawn = iter([0.7, 0.2, 0.9])
    one = Scene(lambda: next(drawn), sales={"agents": members("u1", "u2", "u3"), "strategy": "random"})
    one.login("u1", "u2", "u3")
    one.join("a")
    one.join("b")
    one.join("c")
    assert [("a", "u2"), ("b", "u1"), ("c", "u3")] == one.offers()


def test_a_lower_penalty_comes_before_every_strategy() -> None:
    agents = members("u1", "u2", u1={"penalty": 5})
    one = Scene(sales={"agents": agents, "strategy": "sequential"})
    one.login("u1", "u2")
    one.join("a")
    one.join("b")
    assert [("a", "u2"), ("b", "u1")] == one.offers()


def test_only_an_agent_with_all_skills_is_rung_and_others_are_not_held_up() -> None:
    agents = members("u1", "u2", u2={"skills": ["russian", "billing"]})
    one = Scene(sales={"agents": agents})
    one.login("u1")
    one.join("a", skills=("russian",))
    one.join("b")
    assert [("b", "u1")] == one.offers()
    one.login("u2")
    assert ("a", "u2") == one.offers()[-1]


def test_a_higher_priority_is_served_first_and_equals_in_the_order_they_came() -> None:
    one = scene("sequential")
    for call, priority in (("a", 0), ("b", 5), ("c", 0), ("d", 5)):
        one.do(lambda f: f.staff.login("acme", "u1"))
        one.do(lambda f: f.staff.pause("acme", "u1", "lunch"))
        one.join(call, priority=priority)
    served = []
    one.do(lambda f: f.staff.pause("acme", "u1", None))
    for _ in range(4):
        call, agent = one.offers()[-1]
        served.append(call)
        one.answers(call, agent)
        one.hangs_up(call, agent)
        one.later(1)
    assert ["b", "d", "a", "c"] == served


def test_an_agent_of_two_queues_takes_who_came_first_in_either() -> None:
    agents = members("u1")
    one = Scene(sales={"agents": agents, "empty": "wait"}, support={"agents": agents, "empty": "wait"})
    one.join("a", "support")
    one.later(1)
    one.join("b", "sales")
    one.login("u1")
    assert [("a", "u1")] == one.offers()


def test_a_caller_is_told_the_place_and_how_long_it_may_take() -> None:
    one = scene("sequential")
    one.login("u1")
    one.join("a")
    one.join("b")
    assert [QueueJoined(1, 180.0), QueueOffer("u1", 20.0)] == one.replies("a")
    assert [QueueJoined(2, 360.0)] == one.replies("b")
