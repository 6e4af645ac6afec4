"""A destination that fails is left alone: every state with every answer, and one trial at a time."""

from __future__ import annotations

import pytest

from mgmt.limits import breaker_destinations_max, breaker_failures_max, breaker_open_s
from mgmt.outbox.breaker import Breaker, Breakers, State

NOW = 1000.0
NEARLY = breaker_failures_max - 1


@pytest.mark.parametrize(
    ("before", "fine", "after"),
    [
        (Breaker(State.CLOSED, NEARLY), True, Breaker()),
        (Breaker(State.CLOSED, 0), False, Breaker(State.CLOSED, 1)),
        (Breaker(State.CLOSED, NEARLY), False, Breaker(State.OPEN, NEARLY + 1, NOW + breaker_open_s)),
        (Breaker(State.OPEN, 5, NOW + 1), True, Breaker()),
        (Breaker(State.OPEN, 5, NOW + 1), False, Breaker(State.OPEN, 5, NOW + 1)),
        (Breaker(State.HALF_OPEN, 5, NOW + 1), True, Breaker()),
        (Breaker(State.HALF_OPEN, 5, NOW + 1), False, Breaker(State.OPEN, 6, NOW + breaker_open_s)),
    ],
)
def test_every_answer_in_every_state(before: Breaker, fine: bool, after: Breaker) -> None:
    assert after == before.answered(fine, NOW)


@pytest.mark.parametrize("state", [State.OPEN, State.HALF_OPEN])
def test_an_open_one_lets_one_try_when_its_time_is_over(state: State) -> None:
    breaker = Breaker(state, 5, NOW)
    assert (breaker, False) == breaker.asked(NOW - 1)
    tried, allowed = breaker.asked(NOW)
    assert (State.HALF_OPEN, True) == (tried.state, allowed)
    assert not tried.asked(NOW)[1]
    assert tried.asked(NOW + breaker_open_s)[1]


def test_destinations_do_not_know_of_each_other_and_are_bounded() -> None:
    breakers = Breakers()
    for _ in range(breaker_failures_max):
        breakers.answered("bad", False, NOW)
    assert (False, True) == (breakers.may("bad", NOW), breakers.may("good", NOW))
    assert ["bad"] == breakers.open(NOW)
    for number in range(breaker_destinations_max):
        breakers.answered(f"d{number}", False, NOW)
    assert breakers.may("bad", NOW)
