"""The intervals of the transaction timers."""

from __future__ import annotations

from softswitch.sip.timers import Timing


def test_the_default_intervals_are_those_of_the_rfc() -> None:
    timing = Timing()
    assert (0.5, 4.0, 5.0, 32.0, 32.0) == (timing.t1_s, timing.t2_s, timing.t4_s, timing.give_up_s, timing.linger_s)


def test_a_100_is_owed_when_the_clients_timer_e_has_reached_t2() -> None:
    assert 0.5 + 1 + 2 == Timing().owed_trying_s


def test_timer_d_is_never_below_32_seconds() -> None:
    assert 32.0 == Timing(t1_s=0.1).linger_s
