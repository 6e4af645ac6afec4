"""How long calls stay in the steps of flows."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest

from softswitch.adapters.step_times import CALLS_MAX, StepTimes

NAME = "softswitch_ivr_step_seconds"


def shown(times: StepTimes) -> list[str]:
    registry = CollectorRegistry()
    registry.register(times)
    return generate_latest(registry).decode().splitlines()


def test_a_step_lasts_until_the_next_one_of_its_call_or_its_end() -> None:
    times = StepTimes()
    times.stepped("a", "menu", 10.0)
    times.stepped("b", "menu", 11.0)
    times.stepped("a", "menu.key", 10.5)  # 0.5 s, and a bound belongs to its bucket
    times.stepped("a", "dial.group", 12.0)  # 1.5 s
    times.ended("a", 412.0)  # 400 s of dialling
    times.ended("a", 500.0)
    times.ended("never seen", 1.0)
    lines = shown(times)
    for line in (
        f'{NAME}_bucket{{le="0.1",type="menu"}} 0.0',
        f'{NAME}_bucket{{le="0.5",type="menu"}} 1.0',
        f'{NAME}_bucket{{le="1.0",type="menu"}} 1.0',
        f'{NAME}_bucket{{le="2.0",type="menu"}} 2.0',
        f'{NAME}_bucket{{le="+Inf",type="menu"}} 2.0',
        f'{NAME}_sum{{type="menu"}} 2.0',
        f'{NAME}_bucket{{le="300.0",type="dial"}} 0.0',
        f'{NAME}_count{{type="dial"}} 1.0',
    ):
        assert line in lines


def test_steps_that_are_no_node_share_a_label_and_a_clock_step_counts_as_nothing() -> None:
    times = StepTimes()
    times.stepped("a", "somebody's own", 10.0)
    times.ended("a", 5.0)
    assert f'{NAME}_sum{{type="other"}} 0.0' in shown(times)


def test_calls_that_are_too_many_are_not_followed() -> None:
    times = StepTimes()
    for number in range(CALLS_MAX + 1):
        times.stepped(str(number), "menu", 0.0)
    for number in range(CALLS_MAX + 1):
        times.ended(str(number), 1.0)
    assert f'{NAME}_count{{type="menu"}} {float(CALLS_MAX)}' in shown(times)
