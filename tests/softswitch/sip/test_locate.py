"""RFC 3263 and 2782: which transport, address and port a URI means, against a scripted DNS."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import pytest

from softswitch.sip.limits import TARGETS_MAX
from softswitch.sip.locate import Naptr, Question, Record, Srv, Target, Transport, Wanted, locate, order_servers

OURS: tuple[Transport, ...] = ("udp", "tcp", "tls", "ws", "wss")
Zone = dict[tuple[str, str], tuple[Record, ...]]

ZONE: Zone = {
    ("NAPTR", "full.example"): (
        Naptr(50, 50, "s", "SIPS+D2T", "_sips._tcp.full.example"),
        Naptr(90, 50, "s", "SIP+D2T", "_sip._tcp.full.example"),
        Naptr(90, 40, "S", "sip+d2u", "_sip._udp.full.example."),
        Naptr(10, 10, "u", "E2U+sip", "."),
        Naptr(20, 10, "s", "SIP+D2S", "_sip._sctp.full.example"),
    ),
    ("SRV", "_sips._tcp.full.example"): (Srv(0, 1, 5061, "s1.full.example"),),
    ("SRV", "_sip._tcp.full.example"): (Srv(0, 1, 5060, "s1.full.example"),),
    ("SRV", "_sip._udp.full.example"): (Srv(1, 1, 5062, "s2.full.example."), Srv(0, 1, 5060, "s1.full.example")),
    ("ADDRESS", "s1.full.example"): ("192.0.2.1", "2001:db8::1"),
    ("ADDRESS", "s2.full.example"): ("192.0.2.2",),
    ("SRV", "_sip._tcp.srv.example"): (Srv(0, 0, 5070, "s1.full.example"),),
    ("ADDRESS", "srv.example"): ("192.0.2.7",),
    ("ADDRESS", "plain.example"): ("192.0.2.9",),
    ("SRV", "_sip._udp.none.example"): (Srv(0, 0, 0, "."),),
}


def ask(
    wanted: Wanted, ours: Sequence[Transport] = OURS, zone: Zone = ZONE, family: str = ""
) -> tuple[list[str], list[Question]]:
    asked: list[Question] = []
    asking = locate(wanted, ours, random.Random(1), lambda address: family in address)
    records: Sequence[Record] | None = None
    while True:
        try:
            question = next(asking) if records is None else asking.send(records)
        except StopIteration as end:
            return [f"{each.transport} {each.host} {each.port}" for each in end.value], asked
        asked.append(question)
        records = zone.get((question.kind, question.name), ())


@pytest.mark.parametrize(
    "wanted, expected",
    [
        (Wanted("192.0.2.5"), ["udp 192.0.2.5 5060"]),
        (Wanted("2001:db8::5", 5080), ["udp 2001:db8::5 5080"]),
        (Wanted("192.0.2.5", None, "tcp"), ["tcp 192.0.2.5 5060"]),
        (Wanted("192.0.2.5", None, "tls"), ["tls 192.0.2.5 5061"]),
        (Wanted("192.0.2.5", None, "wss"), ["wss 192.0.2.5 443"]),
        (Wanted("192.0.2.5", secure=True), ["tls 192.0.2.5 5061"]),
        (Wanted("192.0.2.5", 5070, "udp", secure=True), []),
        (Wanted("plain.example", 5070), ["udp 192.0.2.9 5070"]),
        (Wanted("plain.example", 5070, secure=True), ["tls 192.0.2.9 5070"]),
        (Wanted("plain.example"), ["udp 192.0.2.9 5060"]),
        (Wanted("Plain.Example."), ["udp 192.0.2.9 5060"]),
        (Wanted("plain.example", None, "tcp"), ["tcp 192.0.2.9 5060"]),
        (Wanted("plain.example", secure=True), ["tls 192.0.2.9 5061"]),
        (Wanted("srv.example"), ["tcp 192.0.2.1 5070", "tcp 2001:db8::1 5070"]),
        (Wanted("srv.example", None, "udp"), ["udp 192.0.2.7 5060"]),
        (Wanted("full.example", secure=True), ["tls 192.0.2.1 5061", "tls 2001:db8::1 5061"]),
        (
            Wanted("full.example", None, "udp"),
            ["udp 192.0.2.1 5060", "udp 2001:db8::1 5060", "udp 192.0.2.2 5062"],
        ),
        (
            Wanted("full.example"),
            [
                "tls 192.0.2.1 5061",
                "tls 2001:db8::1 5061",
                "udp 192.0.2.1 5060",
                "udp 2001:db8::1 5060",
                "udp 192.0.2.2 5062",
                "tcp 192.0.2.1 5060",
                "tcp 2001:db8::1 5060",
            ],
        ),
        (Wanted("none.example"), []),
        (Wanted("nowhere.example"), []),
    ],
)
def test_the_targets_of_a_destination(wanted: Wanted, expected: list[str]) -> None:
    assert expected == ask(wanted)[0]


def test_a_numeric_host_asks_nothing_and_a_port_leaves_only_the_addresses_to_ask() -> None:
    assert [] == ask(Wanted("192.0.2.5"))[1]
    assert [Question("ADDRESS", "plain.example")] == ask(Wanted("plain.example", 5070))[1]


def test_a_name_alone_is_asked_for_services_then_servers_then_addresses() -> None:
    kinds = ["NAPTR", "SRV", "SRV", "SRV", "ADDRESS"]
    assert kinds == [question.kind for question in ask(Wanted("plain.example"))[1]]


def test_a_websocket_is_used_only_when_asked_for() -> None:
    zone: Zone = {("SRV", "_sips._ws.h.example"): (Srv(0, 0, 443, "192.0.2.1"),)}
    assert [] == ask(Wanted("h.example"), zone=zone)[0]
    assert ["wss 192.0.2.1 443"] == ask(Wanted("h.example", None, "wss"), zone=zone)[0]


def test_what_we_cannot_send_on_is_left_out() -> None:
    assert ["udp 192.0.2.1 5060", "udp 2001:db8::1 5060", "udp 192.0.2.2 5062"] == ask(Wanted("full.example"), ["udp"])[
        0
    ]
    assert [] == ask(Wanted("full.example", secure=True), ["udp", "tcp"])[0]
    assert ["tls 2001:db8::1 5061", "udp 2001:db8::1 5060", "tcp 2001:db8::1 5060"] == ask(
        Wanted("full.example"), family=":"
    )[0]


def test_the_name_that_was_asked_for_is_the_one_a_certificate_must_prove() -> None:
    asking = locate(Wanted("full.example", None, "tls"), OURS, random.Random(1))
    assert Question("SRV", "_sips._tcp.full.example") == next(asking)
    assert Question("ADDRESS", "s1.full.example") == asking.send(ZONE["SRV", "_sips._tcp.full.example"])
    with pytest.raises(StopIteration) as end:
        asking.send(("192.0.2.1",))
    assert (Target("192.0.2.1", 5061, "tls", "full.example"),) == end.value.value


def test_a_zone_that_never_ends_costs_a_bounded_number_of_questions_and_targets() -> None:
    many = tuple(Srv(n, 1, 5060, f"s{n}.evil.example") for n in range(1000))
    zone: Zone = {("SRV", "_sip._udp.evil.example"): many, ("SRV", "_sip._tcp.evil.example"): many}
    zone["NAPTR", "evil.example"] = tuple(Naptr(n, 0, "s", "SIP+D2U", "_sip._udp.evil.example") for n in range(1000))
    found, asked = ask(Wanted("evil.example"), zone=zone)
    assert ([], True) == (found, len(asked) <= 2 + TARGETS_MAX * (TARGETS_MAX + 1))
    zone |= {("ADDRESS", f"s{n}.evil.example"): tuple(f"192.0.2.{m}" for m in range(200)) for n in range(1000)}
    assert TARGETS_MAX == len(ask(Wanted("evil.example"), zone=zone)[0])


def test_servers_of_one_priority_are_drawn_by_weight() -> None:
    records = [Srv(1, 0, 1, "zero"), Srv(1, 10, 1, "ten"), Srv(1, 30, 1, "thirty"), Srv(0, 0, 1, "first")]
    rng = random.Random(7)
    firsts = Counter(order_servers(records, rng)[1].target for _ in range(4000))
    assert "first" == order_servers(records, rng)[0].target
    assert 0.70 < firsts["thirty"] / 4000 < 0.78
    assert 0.20 < firsts["ten"] / 4000 < 0.28
    assert 0 < firsts["zero"] / 4000 < 0.05


def test_servers_without_weights_share_evenly() -> None:
    records = [Srv(0, 0, 1, "a"), Srv(0, 0, 1, "b")]
    rng = random.Random(7)
    firsts = Counter(order_servers(records, rng)[0].target for _ in range(1000))
    assert 400 < firsts["a"] < 600
