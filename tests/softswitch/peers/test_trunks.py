"""The order of gateways, and when the next one is tried."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from configdb.model import Gateway
from softswitch.peers.trunks import fails_over, order


def gateway(host: str, priority: int = 10, weight: int = 10) -> Gateway:
    return Gateway(host=host, priority=priority, weight=weight)


def hosts(gateways: tuple[Gateway, ...]) -> list[str]:
    return [each.host for each in gateways]


def test_a_lower_priority_is_always_tried_first() -> None:
    gateways = [gateway("c", 30), gateway("a", 10), gateway("b", 20)]
    assert all(["a", "b", "c"] == hosts(order(gateways, Random(seed))) for seed in range(50))


def test_within_a_priority_the_weights_share() -> None:
    gateways = [gateway("heavy", weight=30), gateway("light", weight=10), gateway("spare", weight=0)]
    rng = Random(1)
    orders = [hosts(order(gateways, rng)) for _ in range(4000)]
    first = Counter(each[0] for each in orders)
    assert 0.72 < first["heavy"] / 4000 < 0.78
    assert {"spare"} == {each[2] for each in orders}


def test_weights_of_zero_keep_their_order() -> None:
    assert ["a", "b"] == hosts(order([gateway("a", weight=0), gateway("b", weight=0)], Random(1)))
    assert () == order([], Random(1))


def test_a_weight_of_zero_is_last_whatever_chance_says() -> None:
    class Never:
        def random(self) -> float:
            return 0.0

    assert ["b", "a"] == hosts(order([gateway("a", weight=0), gateway("b")], Never()))


def test_every_gateway_is_tried_once() -> None:
    gateways = [gateway(str(number), number % 3, number) for number in range(20)]
    assert sorted(map(str, gateways)) == sorted(map(str, order(gateways, Random(7))))


def test_a_gateway_that_is_down_is_tried_last_and_never_left_out() -> None:
    gateways = [gateway("a", 10), gateway("b", 20), gateway("c", 20), gateway("d", 30)]
    assert ["b", "d", "a", "c"] == hosts(order(gateways, Random(1), lambda one: one.host in "bd"))
    assert ["a", "b", "c", "d"] == sorted(hosts(order(gateways, Random(1), lambda _: False)))


@pytest.mark.parametrize("status", [None, 401, 403, 407, 408, 430, 500, 502, 503, 504, 580])
def test_another_gateway_may_help(status: int | None) -> None:
    assert fails_over(status)


@pytest.mark.parametrize("status", [200, 302, 400, 404, 480, 484, 486, 487, 488, 600, 603, 604, 606, 607, 608])
def test_the_word_of_the_callee_is_final(status: int) -> None:
    assert not fails_over(status)
