"""Looks that come together: on virtual time."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from media.plane.rounds import PERIOD_S, Rounds


def test_a_look_comes_once_never_early_and_at_most_a_period_late() -> None:
    clock, told = Clock(), list[float]()
    rounds = Rounds(clock)
    for seconds in (0.0, 0.05, 0.31, 2.0):
        rounds.later(seconds, lambda: told.append(clock.seconds()))
    clock.pump([0.01] * 300)
    assert 4 == len(told)
    for asked, came in zip((0.0, 0.05, 0.31, 2.0), told, strict=True):
        assert asked <= came <= asked + PERIOD_S + 0.011


def test_looks_of_one_period_are_one_wake_up() -> None:
    clock, told = Clock(), list[int]()
    rounds = Rounds(clock)
    for number in range(50):
        rounds.later(number / 1000, lambda number=number: told.append(number))  # type: ignore[misc]  # of the loop
    assert 1 == len(clock.getDelayedCalls())
    clock.advance(PERIOD_S)
    assert list(range(50)) == told
    assert [] == clock.getDelayedCalls()


def test_a_look_may_ask_for_the_next_one() -> None:
    clock, told = Clock(), list[float]()
    rounds = Rounds(clock)

    def look() -> None:
        told.append(clock.seconds())
        if len(told) < 3:
            rounds.later(1.0, look)

    rounds.later(1.0, look)
    clock.pump([PERIOD_S] * 60)
    assert [1.0, 2.0, 3.0] == pytest.approx(told, abs=2 * PERIOD_S)
    assert [] == clock.getDelayedCalls()


def test_one_that_breaks_does_not_take_the_others_with_it() -> None:
    clock, told = Clock(), list[str]()
    rounds = Rounds(clock)

    def breaks() -> None:
        raise ValueError("broken")

    rounds.later(0.0, breaks)
    rounds.later(0.0, lambda: told.append("told"))
    with pytest.raises(ValueError, match="broken"):
        clock.advance(PERIOD_S)
    clock.advance(0)
    assert ["told"] == told
