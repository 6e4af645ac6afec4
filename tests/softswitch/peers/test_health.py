"""When a gateway is up, down, or at rest."""

from __future__ import annotations

import pytest

from configdb.carrier import Health as Rule
from softswitch.peers.health import Health, State, heard
from softswitch.peers.limits import RETRY_AFTER_S_MAX, UNASKED_REST_S

RULE = Rule(up_after=2, down_after=3)
TABLE = [
    # state, streak, answer -> state, streak
    (State.UP, 0, 200, State.UP, 0),
    (State.UP, 2, 200, State.UP, 0),
    (State.UP, 0, 404, State.UP, 0),
    (State.UP, 2, 500, State.UP, 0),
    (State.UP, 0, None, State.UP, 1),
    (State.UP, 1, 408, State.UP, 2),
    (State.UP, 2, 503, State.DOWN, 0),
    (State.UP, 2, None, State.DOWN, 0),
    (State.DOWN, 0, None, State.DOWN, 0),
    (State.DOWN, 1, 503, State.DOWN, 0),
    (State.DOWN, 1, 408, State.DOWN, 0),
    (State.DOWN, 0, 200, State.DOWN, 1),
    (State.DOWN, 0, 486, State.DOWN, 1),
    (State.DOWN, 1, 405, State.UP, 0),
]


@pytest.mark.parametrize(("state", "streak", "answer", "then", "count"), TABLE)
def test_every_answer_in_every_state(state: State, streak: int, answer: int | None, then: State, count: int) -> None:
    after = heard(Health(state, streak), answer, RULE, 100.0)
    assert (then, count) == (after.state, after.streak)
    assert (100.0 if then is not state else 0.0) == after.since


def test_a_flapping_gateway_changes_nothing() -> None:
    health = Health()
    for answer in (None, None, 200) * 20:
        health = heard(health, answer, RULE, 1.0)
    assert State.UP is health.state


@pytest.mark.parametrize(("asked", "rests"), [(30, 30.0), (10**6, float(RETRY_AFTER_S_MAX)), (0, 0.0), (None, 0.0)])
def test_a_503_takes_the_gateway_out_for_the_time_it_asks_within_reason(asked: int | None, rests: float) -> None:
    health = heard(Health(), 503, RULE, 0.0, asked)
    assert (State.UP, rests) == (health.state, health.rests_until)
    assert health.usable(rests)
    assert not (rests and health.usable(rests - 0.1))


def test_an_answer_does_not_end_a_rest_before_its_time() -> None:
    health = heard(heard(Health(), 503, RULE, 0.0, 30), 200, RULE, 5.0)
    assert not health.usable(29.0)
    assert health.usable(30.0)


def test_a_gateway_that_nobody_asks_only_rests_and_is_tried_again() -> None:
    health, unasked = Health(), Rule(interval_s=0, down_after=2)
    for _ in range(2):
        health = heard(health, None, unasked, 10.0)
    assert not health.usable(10.0)
    assert health.usable(10.0 + UNASKED_REST_S)
