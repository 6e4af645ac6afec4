"""RFC 7339, both sides."""

from __future__ import annotations

import pytest

from softswitch.sip.demand import ANNOUNCED, DEFAULT_VALIDITY_MS, Demands, with_demand
from softswitch.sip.limits import DEMANDS_MAX
from softswitch.sip.via import parse_via

SERVER = ("192.0.2.1", 5060)
VIA = "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1"


def said(demands: Demands, parameters: str, now: float = 0.0, server: tuple[str, int] = SERVER) -> None:
    demands.heard(server, parse_via(f"{VIA};{parameters}"), now)


def share(demands: Demands, now: float) -> int:
    """How many percent of calls are held back."""
    return sum(not demands.allows(SERVER, now, percent / 100) for percent in range(100))


def test_who_announces_is_told_what_to_hold_back() -> None:
    assert f'{VIA};oc=30;oc-algo="loss";oc-validity=1000;oc-seq=12500' == str(
        with_demand(parse_via(VIA + ANNOUNCED), 30, 12.5)
    )


def test_who_announces_to_a_node_at_ease_is_told_that_it_understands() -> None:
    assert f'{VIA};oc=0;oc-algo="loss";oc-validity=0;oc-seq=12500' == str(
        with_demand(parse_via(VIA + ANNOUNCED), 0, 12.5)
    )


def test_loss_is_chosen_of_several_algorithms() -> None:
    assert 'oc=5;oc-algo="loss"' in str(with_demand(parse_via(VIA + ';oc;oc-algo="rate,loss"'), 5, 1))


@pytest.mark.parametrize("parameters", ["", ";oc", ';oc;oc-algo="rate"', ";oc=x"])
def test_who_does_not_announce_loss_is_told_nothing(parameters: str) -> None:
    assert VIA + parameters == str(with_demand(parse_via(VIA + parameters), 50, 1.0))


def test_a_demand_is_obeyed_as_long_as_it_is_valid() -> None:
    demands = Demands()
    said(demands, 'oc=40;oc-algo="loss";oc-validity=2000;oc-seq=1')
    assert [40, 40, 0] == [share(demands, now) for now in (0.0, 1.9, 2.0)]
    assert demands.allows(("192.0.2.2", 5060), 0.0, 0.0)


def test_without_a_validity_a_demand_is_valid_for_half_a_second() -> None:
    demands = Demands()
    said(demands, "oc=100;oc-seq=1")
    assert [100, 0] == [share(demands, now) for now in (0.0, DEFAULT_VALIDITY_MS / 1000)]


def test_an_older_demand_does_not_replace_a_newer() -> None:
    demands = Demands()
    said(demands, "oc=40;oc-seq=2.5")
    said(demands, "oc=90;oc-seq=2.4")
    said(demands, "oc=80;oc-seq=2.5")
    assert 40 == share(demands, 0.0)
    said(demands, "oc=10;oc-seq=3")
    assert 10 == share(demands, 0.0)


def test_a_sequence_that_began_anew_is_believed_when_the_old_demand_is_over() -> None:
    demands = Demands()
    said(demands, "oc=40;oc-seq=900000")
    said(demands, "oc=20;oc-seq=1", now=1.0)
    assert 20 == share(demands, 1.0)


def test_a_validity_of_zero_ends_it() -> None:
    demands = Demands()
    said(demands, "oc=40;oc-validity=5000;oc-seq=1")
    said(demands, "oc=0;oc-validity=0;oc-seq=2")
    assert 0 == share(demands, 0.0)


@pytest.mark.parametrize(
    "nonsense", ["oc", "oc=101;oc-seq=1", "oc=x", 'oc=10;oc-algo="rate"', "oc=50;oc-seq=abc", "x=1"]
)
def test_nonsense_is_ignored(nonsense: str) -> None:
    demands = Demands()
    said(demands, nonsense)
    assert 0 == share(demands, 0.0)


def test_the_servers_remembered_are_bounded() -> None:
    demands = Demands()
    for index in range(DEMANDS_MAX + 5):
        said(demands, "oc=100;oc-validity=60000;oc-seq=1", server=(f"server{index}", 5060))
    assert demands.allows(("server0", 5060), 0.0, 0.0)
    assert not demands.allows(("server5", 5060), 0.0, 0.0)
