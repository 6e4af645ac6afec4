"""Timers on shared ticks: in time, cancelled, moved, many, one that breaks."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from softswitch.transport.wheel import COARSE, TICK_S, Wheel

(LONG_S, LONG_TICKS), (_, MIDDLE_TICKS) = COARSE


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wheel(clock: Clock) -> Wheel:
    return Wheel(clock)


@pytest.mark.parametrize(
    ("delay", "ticks"), [(0.001, 1), (0.01, 1), (0.5, 1), (4.0, MIDDLE_TICKS), (29.9, MIDDLE_TICKS)]
)
def test_a_timer_is_never_early_and_late_by_at_most_its_tick(
    clock: Clock, wheel: Wheel, delay: float, ticks: int
) -> None:
    clock.advance(0.123)
    fired: list[float] = []
    wheel.callLater(delay, lambda: fired.append(clock.seconds()))
    clock.pump([TICK_S / 4] * (int(delay / TICK_S * 4) + 4 * ticks + 20))
    assert 1 == len(fired)
    assert 0.123 + delay <= fired[0] <= 0.123 + delay + (ticks + 0.5) * TICK_S


def test_a_long_timer_is_late_by_at_most_a_long_tick(clock: Clock, wheel: Wheel) -> None:
    fired: list[float] = []
    wheel.callLater(LONG_S, lambda: fired.append(clock.seconds()))
    clock.advance(LONG_S - 0.1)
    assert [] == fired
    clock.advance(0.1 + 2 * LONG_TICKS * TICK_S)
    assert 1 == len(fired)


def test_without_delay_it_is_called_in_the_next_turn_not_at_once(clock: Clock, wheel: Wheel) -> None:
    fired: list[str] = []
    wheel.callLater(0, fired.append, "x")
    assert [] == fired
    clock.advance(0)
    assert ["x"] == fired


def test_a_cancelled_timer_is_not_called_and_not_held(clock: Clock, wheel: Wheel) -> None:
    fired: list[str] = []
    kept, dropped = wheel.callLater(1, fired.append, "kept"), wheel.callLater(1, fired.append, "dropped")
    dropped.cancel()
    assert (True, False, 1) == (kept.active(), dropped.active(), len(wheel))
    clock.advance(2)
    assert (["kept"], False, 0) == (fired, kept.active(), len(wheel))


def test_a_timer_cancelled_by_another_one_of_its_tick_is_not_called(clock: Clock, wheel: Wheel) -> None:
    fired: list[str] = []
    wheel.callLater(1, lambda: second.cancel())
    second = wheel.callLater(1, fired.append, "second")
    clock.advance(2)
    assert [] == fired


def test_a_timer_that_is_moved_is_called_once_at_its_new_time(clock: Clock, wheel: Wheel) -> None:
    fired: list[float] = []
    timer = wheel.callLater(1, lambda: fired.append(clock.seconds()))
    timer.reset(3)
    clock.pump([0.5] * 10)
    assert 1 == len(fired)
    assert 3 <= fired[0] <= 4


def test_a_nearer_timer_after_a_farther_one_comes_first(clock: Clock, wheel: Wheel) -> None:
    fired: list[str] = []
    wheel.callLater(2, fired.append, "far")
    wheel.callLater(1, fired.append, "near")
    clock.advance(1.5)
    assert ["near"] == fired
    clock.advance(1)
    assert ["near", "far"] == fired


def test_a_timer_may_start_another_one(clock: Clock, wheel: Wheel) -> None:
    fired: list[str] = []
    wheel.callLater(1, lambda: wheel.callLater(1, fired.append, "second"))
    clock.advance(1.5)
    assert [] == fired
    clock.advance(1.1)
    assert ["second"] == fired


def test_one_that_breaks_takes_no_other_with_it(clock: Clock, wheel: Wheel) -> None:
    fired: list[str] = []
    wheel.callLater(1, {}.__getitem__, "missing")
    wheel.callLater(1, fired.append, "same tick")
    wheel.callLater(2, fired.append, "later")
    with pytest.raises(KeyError):
        clock.advance(1.5)
    clock.advance(0)
    assert ["same tick"] == fired
    clock.advance(1)
    assert ["same tick", "later"] == fired


def test_ticks_whose_timers_were_all_cancelled_wake_nobody(clock: Clock, wheel: Wheel) -> None:
    wheel.callLater(0.1, int)
    for timer in [wheel.callLater(0.2 + index / 10, int) for index in range(50)]:
        timer.cancel()
    wheel.callLater(20, int)
    clock.advance(0.15)
    (call,) = clock.getDelayedCalls()
    assert call.getTime() >= 20


def test_many_timers_of_one_tick_are_one_call_of_the_clock(clock: Clock, wheel: Wheel) -> None:
    for _ in range(1_000):
        wheel.callLater(1, int)
    assert 1 == len(clock.getDelayedCalls())


def test_a_timer_that_sets_a_later_one_delays_none_between(clock: Clock, wheel: Wheel) -> None:
    fired: list[str] = []
    wheel.callLater(0.1, lambda: wheel.callLater(20, fired.append, "later"))
    wheel.callLater(0.2, fired.append, "between")
    clock.advance(0.15)
    clock.advance(0.1)
    assert ["between"] == fired
