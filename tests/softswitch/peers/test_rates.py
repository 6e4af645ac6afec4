"""Token buckets by source."""

from __future__ import annotations

from collections import Counter

from softswitch.peers.limits import BURST_S, SOURCES_MAX
from softswitch.peers.rates import Rated, Rates

PER_S = 10


def ask(rates: Rates[str], times: int, now: float, source: str = "192.0.2.1", kind: str = "invite") -> Counter[Rated]:
    return Counter(rates.take(kind, source, now) for _ in range(times))


def test_a_source_is_heard_up_to_its_burst_then_refused_then_dropped() -> None:
    rates = Rates({"invite": PER_S})
    burst = PER_S * BURST_S
    assert {Rated.HEARD: burst, Rated.REFUSED: burst, Rated.DROPPED: 900} == ask(rates, 2 * burst + 900, 0.0)
    assert {Rated.HEARD: PER_S, Rated.REFUSED: PER_S, Rated.DROPPED: 1} == ask(rates, 2 * PER_S + 1, 1.0)


def test_who_keeps_to_the_rate_is_heard_for_ever() -> None:
    rates = Rates({"invite": PER_S})
    assert {Rated.HEARD: 5000} == sum((ask(rates, 1, index / PER_S) for index in range(5000)), Counter())


def test_a_flood_of_one_source_and_kind_costs_no_other() -> None:
    rates = Rates({"invite": PER_S, "register": PER_S})
    ask(rates, 10_000, 0.0)
    assert {Rated.HEARD: 5} == ask(rates, 5, 0.0, "192.0.2.2")
    assert {Rated.HEARD: 5} == ask(rates, 5, 0.0, kind="register")
    assert {Rated.HEARD: 10_000} == ask(rates, 10_000, 0.0, kind="unlimited")


def test_a_burst_is_earned_again_and_not_more_than_one() -> None:
    rates = Rates({"invite": PER_S})
    ask(rates, 1000, 0.0)
    assert PER_S * BURST_S == ask(rates, 1000, 1_000_000.0)[Rated.HEARD]


def test_a_million_spoofed_sources_take_bounded_memory_and_do_not_push_out_who_is_active() -> None:
    rates = Rates({"invite": PER_S})
    ask(rates, PER_S * BURST_S * 2, 0.0)
    for index in range(SOURCES_MAX * 3):
        rates.take("invite", f"spoofed {index}", 0.0)
        if index % 1000 == 0:
            assert Rated.DROPPED is rates.take("invite", "192.0.2.1", 0.0)
    assert SOURCES_MAX == len(rates)
