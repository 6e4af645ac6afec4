"""The overload controller: what is shed first, how fairly, and how it behaves in a simulated server."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from softswitch.peers.limits import SHARES_MAX
from softswitch.peers.overload import ENTER_S, FLOOR, LAG_S, WAITED_S, Overload, Shares, State, Strain, fair_level
from softswitch.sip.glance import Kind

TICK_S = 0.1
EASY = Strain(busy=0.3)
PRESSED = Strain(lag_s=2 * LAG_S, busy=1.0)


class Watched:
    """An overload controller and its clock."""

    def __init__(self) -> None:
        self.overload, self.now = Overload(), 0.0

    def run(self, seconds: float, strain: Strain, others: int, registers: int, invites: dict[str, int]) -> Shares:
        """Ticks with the same load; the last shares."""
        shares = Shares()
        for _ in range(round(seconds / TICK_S)):
            shares = self.overload.observe(self.now, strain, {Kind.OTHER: others, Kind.REGISTER: registers}, invites)
            self.now += TICK_S
        return shares


@pytest.mark.parametrize(
    "strain, expected",
    [
        (Strain(), 0.0),
        (Strain(lag_s=LAG_S), 0.25),
        (Strain(lag_s=LAG_S, busy=0.75), 1.0),
        (Strain(waited_s=WAITED_S), 1.0),
        (Strain(busy=0.95), 1.0),
        (Strain(busy=0.85), 0.5),
        (Strain(lag_s=LAG_S / 2, waited_s=WAITED_S * 2), 2.0),
        (Strain(lag_s=LAG_S * 3, busy=0.8), 3.0),
    ],
)
def test_pressure_is_the_worst_of_lag_queue_and_load(strain: Strain, expected: float) -> None:
    assert expected == pytest.approx(strain.pressure)


def test_an_easy_node_sheds_nothing() -> None:
    assert Shares() == Watched().run(10, EASY, 100, 100, {"a": 100})


def test_one_late_timer_is_no_overload() -> None:
    node = Watched()
    node.run(1, EASY, 5, 5, {"a": 5})
    assert Shares() == node.run(ENTER_S / 2, PRESSED, 5, 5, {"a": 5})
    node.run(1, EASY, 5, 5, {"a": 5})
    assert State.CALM is node.overload.state


def test_other_requests_go_first_then_registrations_then_calls() -> None:
    node, seen = Watched(), []
    for _ in range(200):
        shares = node.run(TICK_S, PRESSED, 80, 40, {"a": 10})
        seen.append((shares.other, shares.register, shares.invite))
    assert all(register == 0 or other == 1 for other, register, _ in seen)
    assert all(invite == 0 or register == 1 for _, register, invite in seen)
    assert seen[0] == (0, 0, 0)
    assert any(0 < other and register == invite == 0 for other, register, invite in seen)
    assert any(0 < register and invite == 0 for _, register, invite in seen)
    assert any(0 < invite < 1 for *_, invite in seen)


def test_it_always_lets_something_in_so_that_it_learns_when_the_trouble_is_over() -> None:
    node = Watched()
    shares = node.run(60, PRESSED, 0, 0, {"a": 100})
    assert FLOOR == pytest.approx(1 - shares.of(Kind.INVITE, "a"), abs=0.05)
    assert 0 == node.run(30, EASY, 0, 0, {"a": 10}).invite
    assert State.CALM is node.overload.state


def test_shedding_stays_while_it_is_what_keeps_the_node_easy() -> None:
    node = Watched()
    node.run(2, PRESSED, 0, 0, {"a": 100})
    between = Strain(busy=0.9)
    first, later = node.run(3, between, 0, 0, {"a": 100}), node.run(10, between, 0, 0, {"a": 100})
    assert State.SHEDDING is node.overload.state
    assert first.invite == pytest.approx(later.invite, abs=0.01)


def test_who_asks_for_less_than_his_share_loses_nothing() -> None:
    shares = Watched().run(1, PRESSED, 0, 0, {"flood": 95, "office": 2, "trunk": 3})
    assert 0 == shares.of(Kind.INVITE, "office") == shares.of(Kind.INVITE, "trunk") == shares.of(Kind.INVITE, "new")
    assert 0 < shares.of(Kind.INVITE, "flood") < 1
    assert shares.percent == round(100 * shares.invite)


def test_a_flood_of_new_sources_is_shed_too_in_bounded_memory() -> None:
    overload, shares = Overload(), Shares()
    for tick in range(30):
        invites = {f"spoofed {tick} {index}": 1 for index in range(2000)}
        shares = overload.observe(tick * TICK_S, PRESSED, {}, invites)
    assert len(shares.rates) <= SHARES_MAX + 1
    assert shares.of(Kind.INVITE, "never seen") > 0.5


def test_many_sources_that_seldom_call_are_shed_as_much_as_needed_and_not_more() -> None:
    node, shares = Watched(), Shares()
    for tick in range(100):
        shares = node.run(TICK_S, PRESSED, 0, 0, {f"phone {(tick * 10 + index) % 500}": 1 for index in range(10)})
    mean = sum(shares.of(Kind.INVITE, source) * rate for source, rate in shares.rates.items()) / 100
    assert shares.invite == pytest.approx(mean, abs=0.1)
    assert shares.of(Kind.INVITE, "never seen") <= shares.invite


@given(st.lists(st.floats(0, 1000), max_size=30), st.floats(0, 10_000))
def test_the_fair_level_gives_out_the_budget_and_not_more(wanted: list[float], budget: float) -> None:
    level = fair_level(wanted, budget)
    given_out = sum(min(one, level) for one in wanted)
    assert given_out <= budget + 1e-6
    assert level == math.inf or given_out == pytest.approx(budget)


class Server:
    """A server that can begin `capacity` calls a second, turns one away in a thirtieth of that, and reads in order."""

    def __init__(self, capacity: float = 100.0) -> None:
        self.chance, self.overload = random.Random(1), Overload()
        self.call_s, self.refusal_s = 1 / capacity, 1 / capacity / 30
        self.done: Counter[int] = Counter()
        self.refused: Counter[int] = Counter()
        self.waited_max: Counter[int] = Counter()

    def run(self, seconds: float, offered: Callable[[float], float], step_s: float = 0.005) -> None:
        """Offers so many calls a second; done and refused calls, and the longest wait, by second."""
        shares, queue, debt, due = Shares(), [], 0.0, 0.0
        read, waited, busy, next_tick, now = 0, 0.0, 0.0, TICK_S, 0.0
        while now < seconds:
            now += step_s
            due += offered(now) * step_s * self.chance.uniform(0.5, 1.5)
            queue += [now] * int(due)
            due -= int(due)
            left = step_s - debt
            while queue and left > 0:
                came = queue.pop(0)
                read, waited = read + 1, max(waited, now - came)
                self.waited_max[int(now)] = max(self.waited_max[int(now)], round(1000 * (now - came)))
                shed = self.chance.random() < shares.of(Kind.INVITE, "a")
                (self.refused if shed else self.done)[int(now)] += 1
                left -= self.refusal_s if shed else self.call_s
            debt = max(0.0, -left)
            busy += step_s - max(0.0, left)
            if now >= next_tick:
                strain = Strain(0.0, waited, min(1.0, busy / TICK_S))
                shares = self.overload.observe(now, strain, {}, {"a": read})
                read, waited, busy, next_tick = 0, 0.0, 0.0, next_tick + TICK_S


@pytest.mark.parametrize("times, goodput_min", [(0.8, 79), (1, 85), (2, 78), (5, 65), (10, 45)])
def test_a_simulated_server_keeps_most_of_its_capacity(times: float, goodput_min: int) -> None:
    server = Server()
    server.run(20, lambda _: 100 * times)
    assert goodput_min <= sum(server.done[second] for second in range(4, 20)) / 16
    assert max(server.waited_max[second] for second in range(4, 20)) < 400
    assert times > 0.8 or not server.refused


def test_a_simulated_server_forgets_a_burst_within_five_seconds() -> None:
    server = Server()
    server.run(25, lambda now: 1000 if 5 < now < 10 else 70)
    assert 0 == sum(server.refused[second] for second in (*range(5), *range(15, 25)))
    assert sum(server.refused[second] for second in range(5, 10)) > 3000
    assert State.CALM is server.overload.state
