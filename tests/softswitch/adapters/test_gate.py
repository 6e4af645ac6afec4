"""The gate in front of the parser, on a network in memory and a virtual clock."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest

from softswitch.adapters.gate import EMERGENCY_PER_S_MAX, STALE_S, Gate, Limit, Policy
from softswitch.adapters.strain import TICK_S, StrainGauge
from softswitch.peers.guard import Guard
from softswitch.peers.limits import BURST_S
from softswitch.peers.overload import WAITED_S, State
from softswitch.peers.rates import Rates
from softswitch.sip.errors import NotSip
from softswitch.sip.glance import SHED_TAG, Kind
from softswitch.sip.message import Request, Response
from softswitch.transport.server import ServerHandle
from softswitch.transport.udp import UdpPort
from tests.softswitch.transport.harness import Node, Peer, World

RATES: dict[Kind | Limit, float] = {
    Kind.INVITE: 4,
    Kind.REGISTER: 4,
    Kind.OTHER: 4,
    Limit.EMERGENCY: 2,
    Limit.MALFORMED: 1,
    Limit.ARRIVING: 3,
    Limit.BANNED: 0.2,
}
STRANGER, TRUNK, OFFICE = "10.0.0.66", "10.0.0.7", "10.0.0.8"


class Site:
    """A node behind its gate, and peers. `slow` makes its thread look busy."""

    def __init__(self, answer: bool = True) -> None:
        self.world = World()
        network, self.clock = self.world.network, self.world.clock
        self.node = Node(network, "10.0.0.5")
        self.guard, self.full, self.chance = Guard([TRUNK]), False, random.Random(1).random
        self.work_s, self.busy = 0.0, 0.0
        self.gauge = StrainGauge(self.clock, lambda: self.chance(), lambda: self.work_s)
        policy = Policy(lambda host: host == TRUNK, lambda host, _: host, lambda: self.full, {"911"}.__contains__)
        exchange = self.node.exchange
        exchange.overload_percent = lambda: self.gauge.percent
        self.gate = Gate(self.guard, exchange, self.gauge, Rates(RATES), policy, self.clock.seconds, lambda: 0.5)
        network.endpoints["10.0.0.5", 5060].receiver = self.gate
        self.arrived: Counter[str] = Counter()
        self.node.agent.received = self._arrived  # type: ignore[method-assign]  # what got through, unanswered or refused
        exchange.handler = self._arrived
        self._answer = answer
        self.peers: dict[str, Peer] = {}

    def _arrived(self, handle: ServerHandle, request: Request) -> None:
        self.arrived[request.method] += 1
        if self._answer:
            handle.reply(486)

    def peer(self, host: str) -> Peer:
        if host not in self.peers:
            self.peers[host] = Peer(self.world.network, host, "10.0.0.5")
        return self.peers[host]

    def send(self, host: str, data: bytes) -> None:
        self.peer(host).send(data)
        self.world.run(0.03)

    def answers(self, host: str) -> Counter[int]:
        return Counter(status for status in self.peer(host).answers() if status != 100)

    def strain(self, seconds: float, send: Callable[[], None]) -> None:
        """`send` is called every tick, in which the thread was always at work."""
        for _ in range(round(seconds / TICK_S)):
            send()
            self.work_s += TICK_S
            self.world.run(TICK_S)


@pytest.fixture
def site() -> Site:
    return Site()


def request(method: str = "INVITE", number: int = 1, **given: str) -> bytes:
    host, uri = given.get("host", STRANGER), given.get("uri", "sip:101@10.0.0.5")
    extra, via = given.get("extra", ""), given.get("via", "")
    return (
        f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:5060;branch=z9hG4bK{method}{number}{via}\r\n"
        f"From: <sip:a@{host}>;tag=1\r\nTo: <sip:101@10.0.0.5>{given.get('tag', '')}\r\nCall-ID: c{number}@{host}\r\n"
        f"CSeq: 1 {method}\r\n{extra}Content-Length: 0\r\n\r\n"
    ).encode()


def counts(site: Site) -> dict[str, int]:
    return {name: count for name, count in asdict(site.gate.counts).items() if count}


def test_a_banned_source_is_not_parsed(site: Site) -> None:
    for index in range(20):
        site.guard.digest_failed(STRANGER, f"user{index}", 0.0)
    site.send(STRANGER, request())
    assert ({"banned": 1}, 0) == (counts(site), site.node.exchange.counts.messages)


def test_a_banned_source_may_call_an_emergency_and_is_heard_in_that_call(site: Site) -> None:
    for index in range(20):
        site.guard.digest_failed(STRANGER, f"user{index}", 0.0)
    site.send(STRANGER, request("BYE", 1, tag=";tag=2"))
    site.send(STRANGER, request("INVITE", 2, uri="sip:911@10.0.0.5"))
    site.send(STRANGER, request("BYE", 3, tag=";tag=2"))
    assert ({"INVITE": 1, "BYE": 1}, {"banned": 1}) == (site.arrived, counts(site))


def test_a_banned_source_gets_a_connection_now_and_then_for_an_emergency_call(site: Site) -> None:
    for index in range(20):
        site.guard.digest_failed(STRANGER, f"user{index}", 0.0)
    assert [True] + [False] * 9 == [site.gate.connects(STRANGER) for _ in range(10)]
    assert not site.gate.admits(STRANGER)
    site.world.run(5.1)
    assert [True, False] == [site.gate.connects(STRANGER) for _ in range(2)]
    assert site.gate.connects(OFFICE)


@pytest.mark.parametrize("method", ["INVITE", "REGISTER", "OPTIONS"])
def test_a_scanner_gets_no_answer(site: Site, method: str) -> None:
    site.send(STRANGER, request(method, extra="User-Agent: friendly-scanner\r\n"))
    assert ({"scanners": 1}, Counter()) == (counts(site), site.answers(STRANGER))


def test_a_stream_that_speaks_no_sip_is_counted_and_gets_no_answer(site: Site) -> None:
    flow = site.node.paths.flow(STRANGER, 40_000, "tcp")
    site.gate.broken(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", flow, NotSip())
    assert ({"not_sip": 1}, 0) == (counts(site), site.node.exchange.counts.dropped)


def test_an_operator_may_watch_the_node_with_such_a_tool_from_a_trusted_network(site: Site) -> None:
    site.send(TRUNK, request("OPTIONS", host=TRUNK, extra="User-Agent: sipsak 0.9.8.1\r\n"))
    assert ({}, 1) == (counts(site), sum(site.answers(TRUNK).values()))


@pytest.mark.parametrize("method", ["INVITE", "REGISTER", "OPTIONS", "MESSAGE"])
def test_a_flood_is_heard_then_refused_then_dropped_and_another_source_is_heard(site: Site, method: str) -> None:
    burst = round(4 * BURST_S)
    for index in range(10 * burst):
        site.peer(STRANGER).send(request(method, index))
    site.world.run(0.1)
    assert burst == site.arrived[method]
    assert {486: burst, 503: burst} == site.answers(STRANGER)
    assert {"limited": burst, "flooded": 8 * burst} == counts(site)
    site.send(OFFICE, request(method, 1, host=OFFICE))
    assert {486: 1} == site.answers(OFFICE)


def test_a_refusal_is_stateless_names_a_wait_and_its_ack_is_dropped(site: Site) -> None:
    site.full = True
    site.send(STRANGER, request())
    (answer,) = site.peer(STRANGER).got
    assert isinstance(answer, Response)
    assert (503, "6") == (answer.status, answer.headers.get("Retry-After"))
    assert (answer.to.tag or "").startswith(SHED_TAG.decode())
    assert 0 == site.node.exchange.transactions
    site.send(STRANGER, request("ACK", tag=f";tag={answer.to.tag}"))
    assert {"full": 1, "spent": 1} == counts(site)


def test_a_full_node_takes_emergency_calls_registrations_and_what_is_in_a_dialog(site: Site) -> None:
    site.full = True
    for method in ("INVITE", "BYE", "PRACK", "UPDATE", "INFO"):
        site.send(STRANGER, request(method, 2, tag=";tag=2"))
    site.send(STRANGER, request("REGISTER", 3))
    site.send(STRANGER, request("INVITE", 4, uri="sip:911@10.0.0.5"))
    assert {"INVITE": 2, "BYE": 1, "PRACK": 1, "UPDATE": 1, "INFO": 1, "REGISTER": 1} == site.arrived
    assert {} == counts(site)


def test_a_flood_that_calls_itself_an_emergency_is_a_flood(site: Site) -> None:
    site.full = True
    for index in range(100):
        site.peer(STRANGER).send(request(number=index, uri="sip:911@10.0.0.5"))
    site.world.run(0.1)
    assert EMERGENCY_PER_S_MAX * BURST_S == site.arrived["INVITE"]


def test_a_repeated_invite_goes_to_its_transaction_even_when_new_ones_are_refused() -> None:
    site = Site(answer=False)
    site.send(STRANGER, request())
    site.full = True
    site.send(STRANGER, request())
    assert (1, {}) == (site.arrived["INVITE"], counts(site))
    assert 503 not in site.answers(STRANGER)


def test_what_waited_too_long_is_dropped_unless_it_must_not_be(site: Site) -> None:
    port, site.node.exchange.paths = UdpPort(site.gate), site.node.paths
    for number, waited_s in ((1, STALE_S + 0.1), (2, STALE_S - 0.1)):
        port.datagram(request(number=number), (STRANGER, 5060), waited_s)
    port.datagram(request(number=3, uri="sip:911@10.0.0.5"), (STRANGER, 5060), STALE_S + 0.1)
    port.datagram(request("BYE", 4, tag=";tag=2"), (STRANGER, 5060), STALE_S + 0.1)
    assert ({"INVITE": 2, "BYE": 1}, {"stale": 1}) == (site.arrived, counts(site))


def test_an_overloaded_node_refuses_what_waited_and_a_calm_one_serves_it(site: Site) -> None:
    port, site.node.exchange.paths = UdpPort(site.gate), site.node.paths
    site.chance = lambda: 1.0  # no share of anything is shed
    site.gauge.start()
    port.datagram(request(number=1), (STRANGER, 5060), WAITED_S + 0.1)
    assert ({"INVITE": 1}, {}) == (site.arrived, counts(site))
    site.strain(2, lambda: None)
    assert State.SHEDDING is site.gauge.state
    port.datagram(request(number=2), (STRANGER, 5060), WAITED_S + 0.1)
    port.datagram(request(number=3), (STRANGER, 5060), WAITED_S - 0.1)
    port.datagram(request(number=4, uri="sip:911@10.0.0.5"), (STRANGER, 5060), WAITED_S + 0.1)
    port.datagram(request("BYE", 5, tag=";tag=2"), (STRANGER, 5060), WAITED_S + 0.1)
    assert ({"INVITE": 3, "BYE": 1}, {"shed": 1}) == (site.arrived, counts(site))


def test_a_malformed_flood_is_answered_a_few_times(site: Site) -> None:
    for index in range(100):
        site.peer(STRANGER).send(request(number=index).replace(b"CSeq: 1 INVITE", b"CSeq: x"))
        site.peer(STRANGER).send(b"\xff\x00garbage" * 10)
        site.clock.advance(0.3)
    site.world.run(0.1)
    answered = site.answers(STRANGER)[400]
    assert 1 <= answered <= 60
    assert site.gate.counts.malformed > 50
    assert len(site.node.exchange.trace.malformed) <= 100


def test_strangers_answers_and_dialogs_are_limited_far_above_what_a_phone_system_sends() -> None:
    site = Site()
    rates: Rates[Any] = Rates({Limit.PASSING: 10})
    site.gate._rates = rates
    for index in range(200):
        site.peer(STRANGER).send(request("BYE", index, tag=";tag=2"))
        site.peer(TRUNK).send(request("BYE", index, tag=";tag=2", host=TRUNK))
    site.world.run(0.1)
    assert 200 + 10 * BURST_S == site.arrived["BYE"]
    assert 200 - 10 * BURST_S == site.gate.counts.flooded


def test_an_overloaded_node_sheds_in_order_keeps_pings_of_trunks_and_recovers() -> None:
    site, number = Site(), iter(range(10**6))
    site.gauge.start()

    def load() -> None:
        for _ in range(5):
            site.peer(TRUNK).send(request("INVITE", next(number), host=TRUNK))
            site.peer(TRUNK).send(request("REGISTER", next(number), host=TRUNK))
        site.peer(OFFICE).send(request("SUBSCRIBE", next(number), host=OFFICE))

    site.strain(4, load)
    assert State.SHEDDING is site.gauge.state
    before = Counter(site.arrived)
    for _ in range(20):
        site.send(TRUNK, request("OPTIONS", next(number), host=TRUNK))
        site.send(TRUNK, request("INVITE", next(number), host=TRUNK, tag=";tag=1"))
    gone_on = site.arrived - before
    assert (20, 20) == (gone_on["OPTIONS"], gone_on["INVITE"])
    assert site.answers(TRUNK)[503] > 50
    site.world.run(10)
    site.send(TRUNK, request("INVITE", next(number), host=TRUNK, via=';oc;oc-algo="loss"'))
    assert (State.CALM, 0) == (site.gauge.state, site.gauge.percent)
    site.gauge.stop()


def test_who_understands_is_told_how_much_is_shed() -> None:
    site, number = Site(), iter(range(10**6))
    site.gauge.start()

    def load() -> None:
        for _ in range(20):
            site.peer(TRUNK).send(request(number=next(number), host=TRUNK))

    site.strain(3, load)
    percent = site.gauge.percent
    site.send(TRUNK, request(number=999, host=TRUNK, via=';oc;oc-algo="loss"'))
    answer = next(each for each in site.peer(TRUNK).got if isinstance(each, Response) and "c999@" in each.call_id)
    assert percent > 10
    assert (str(percent), '"loss"', "1000") == tuple(
        answer.top_via.params[name] for name in ("oc", "oc-algo", "oc-validity")
    )
    site.gauge.stop()


def test_connections_of_a_stranger_are_limited_and_those_of_a_trunk_are_not() -> None:
    site = Site()
    taken = [site.gate.admits(STRANGER) for _ in range(20)]
    assert ([True] * round(3 * BURST_S), False) == (taken[: round(3 * BURST_S)], any(taken[round(3 * BURST_S) :]))
    site.clock.advance(1)
    assert [True] * 3 + [False] == [site.gate.admits(STRANGER) for _ in range(4)]
    assert all(site.gate.admits(TRUNK) for _ in range(100))
