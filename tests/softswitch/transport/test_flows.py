"""Where messages go: destinations of URIs, NAT."""

from __future__ import annotations

import pytest

from softswitch.sip.uri import parse_uri
from softswitch.transport.flows import Destination, behind_nat, destination_of, join_address


@pytest.mark.parametrize(
    "uri, expected",
    [
        ("sip:a@192.0.2.1", Destination("192.0.2.1")),
        ("sip:a@h.example:5070;transport=TCP", Destination("h.example", 5070, "tcp")),
        ("sip:[2001:db8::1]", Destination("2001:db8::1")),
        ("sip:h;maddr=192.0.2.9", Destination("192.0.2.9")),
        ("sip:h.example;transport=sctp", Destination("h.example")),
        ("sips:a@h.example", Destination("h.example", secure=True)),
        ("sips:a@h.example;transport=tcp", Destination("h.example", None, "tls", True)),
        ("sips:a@h.invalid;transport=ws", Destination("h.invalid", None, "wss", True)),
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
