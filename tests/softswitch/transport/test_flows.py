"""Where messages go: destinations of URIs, NAT, host names."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from softswitch.sip.uri import parse_uri
from softswitch.transport.flows import Destination, Flows, behind_nat, destination_of, join_address
from softswitch.transport.limits import NAMES_MAX
from softswitch.transport.resolver import OnAddresses, Resolver


@pytest.mark.parametrize(
    "uri, expected",
    [
        ("sip:a@192.0.2.1", Destination("192.0.2.1", 5060, "udp")),
        ("sip:a@h.example:5070;transport=TCP", Destination("h.example", 5070, "tcp")),
        ("sip:[2001:db8::1]", Destination("2001:db8::1", 5060, "udp")),
        ("sip:h;maddr=192.0.2.9", Destination("192.0.2.9", 5060, "udp")),
    ],
)
def test_the_destination_of_a_uri(uri: str, expected: Destination) -> None:
    assert expected == destination_of(parse_uri(uri))


@pytest.mark.parametrize(
    "host, source, expected",
    [
        ("192.168.1.20", "203.0.113.5", True),
        ("100.64.3.4", "203.0.113.5", True),
        ("127.0.0.1", "203.0.113.5", True),
        ("fd00::1", "2001:db8::1", True),
        ("df7jal23ls0d.invalid", "203.0.113.5", True),
        ("192.168.1.20", "192.168.1.20", False),
        ("192.168.1.20", "10.0.0.5", False),
        ("192.168.1.20", "127.0.0.1", False),
        ("198.51.100.7", "203.0.113.5", False),
        ("pbx.example", "203.0.113.5", False),
    ],
)
def test_who_is_behind_nat(host: str, source: str, expected: bool) -> None:
    assert expected is behind_nat(host, source)


def test_an_ipv6_address_is_joined_in_brackets() -> None:
    assert ["[2001:db8::1]:5060", "h:1"] == [join_address("2001:db8::1", 5060), join_address("h", 1)]


class Names:
    """A resolver over a scripted lookup."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.asked: list[tuple[str, OnAddresses]] = []
        self.resolver = Resolver(self.clock, lambda name, on: self.asked.append((name, on)))
        self.told: list[object] = []

    def ask(self, name: str) -> None:
        self.resolver.resolve(name, self.told.append, self.told.append)


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
def test_a_numeric_host_needs_no_lookup(address: str) -> None:
    names = Names()
    names.ask(address)
    assert ([(address,)], []) == (names.told, names.asked)


def test_one_lookup_serves_all_who_wait_and_a_minute_after() -> None:
    names = Names()
    names.ask("H.example")
    names.ask("h.example.")
    ((name, answered),) = names.asked
    answered(("192.0.2.1", "2001:db8::1"))
    names.ask("h.example")
    assert ("h.example", [("192.0.2.1", "2001:db8::1")] * 3, 1) == (name, names.told, len(names.asked))
    names.clock.advance(61)
    names.ask("h.example")
    assert 2 == len(names.asked)


def test_a_failure_is_remembered_for_a_short_time() -> None:
    names = Names()
    names.ask("h.example")
    names.asked[0][1](())
    names.ask("h.example")
    assert (["no address for h.example"] * 2, 1) == (names.told, len(names.asked))
    names.clock.advance(11)
    names.ask("h.example")
    assert 2 == len(names.asked)


def test_the_names_held_are_bounded() -> None:
    names = Names()
    for number in range(NAMES_MAX + 10):
        names.ask(f"h{number}.example")
        names.asked[-1][1](("192.0.2.1",))
    names.ask("h0.example")
    assert NAMES_MAX + 11 == len(names.asked)


def test_who_waits_for_a_name_is_bounded() -> None:
    names = Names()
    for _ in range(1001):
        names.ask("h.example")
    assert ["too many wait for the name h.example"] == names.told


def test_a_transport_we_do_not_have_is_an_error() -> None:
    told: list[object] = []
    Flows(Names().resolver, {}).reach(Destination("192.0.2.1", 5060, "tcp"), told.append, told.append)
    assert ["no tcp transport"] == told
