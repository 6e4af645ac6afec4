"""RFC 3263 4.3: one request, several targets; RFC 3261 18.1.1: what is too large for UDP; dead targets; ICMP."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from twisted.internet.task import Clock

from softswitch.sip.locate import Target
from softswitch.sip.message import Request
from softswitch.sip.parse import parse_message
from softswitch.sip.via import parse_via
from softswitch.transport.flows import Destination, Flow
from softswitch.transport.limits import DEAD_TARGET_S, STREAM_TRY_S_MAX, UDP_REQUEST_BYTES_MAX
from softswitch.transport.memory import MemoryNetwork
from softswitch.transport.paths import Dead, Flows
from softswitch.transport.resolver import Answer, Resolver
from tests.softswitch.transport.harness import Node, Peer, World

HOSTS = ("10.0.0.3", "10.0.0.4", "10.0.0.5")


def request(method: str = "OPTIONS", body: bytes = b"") -> Request:
    text = (
        f"{method} sip:x@carrier.example SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKq\r\nFrom: <sip:a@h>;tag=a\r\n"
        f"To: <sip:x@carrier.example>\r\nCall-ID: c\r\nCSeq: 1 {method}\r\nMax-Forwards: 70\r\n\r\n"
    )
    message = parse_message(text.encode())
    assert isinstance(message, Request)
    made = message.copy()
    made.headers.set("Via", ())
    return Request(made.method, made.uri, made.headers, body)


class Carrier:
    """A name with three targets, each a peer that answers as the test says."""

    def __init__(self, transport: str = "udp") -> None:
        self.world = World()
        self.node = self.world.caller
        kind: Any = transport
        network = self.world.network
        network.names["carrier.example"] = tuple(Target(host, 5060, kind, "carrier.example") for host in HOSTS)
        self.peers = [Peer(network, host) for host in HOSTS]
        self.heard: list[Any] = []

    def send(self, method: str = "OPTIONS") -> Any:
        return self.node.exchange.request(
            request(method),
            Destination("carrier.example"),
            lambda response: self.heard.append(response.status),
            lambda status, reason: self.heard.append((status, reason)),
        )

    def asked(self) -> list[int]:
        return [len({each.top_via.branch for each in peer.got if isinstance(each, Request)}) for peer in self.peers]


def test_a_503_goes_to_the_next_target_with_a_new_branch() -> None:
    carrier = Carrier()
    carrier.send("INVITE")
    carrier.world.run(0.1)
    first = carrier.peers[0].requests("INVITE")[0]
    carrier.peers[0].answer(first, 503)
    carrier.world.run(0.1)
    (second,) = carrier.peers[1].requests("INVITE")
    assert first.top_via.branch != second.top_via.branch
    assert (first.call_id, first.cseq.number, 1) == (second.call_id, second.cseq.number, len(second.vias))
    assert 1 == len(carrier.peers[0].requests("ACK"))
    carrier.peers[1].answer(second, 486)
    carrier.world.run(40)
    assert ([486], [1, 1, 0]) == (carrier.heard, [min(n, 1) for n in carrier.asked()])


def test_the_503_of_the_last_target_is_the_answer() -> None:
    carrier = Carrier()
    carrier.send()
    for peer in carrier.peers:
        carrier.world.run(0.1)
        peer.answer(peer.requests("OPTIONS")[0], 503)
    carrier.world.run(0.1)
    assert [503] == carrier.heard


@pytest.mark.parametrize("status", [404, 500, 600])
def test_any_other_answer_is_the_answer(status: int) -> None:
    carrier = Carrier()
    carrier.send()
    carrier.world.run(0.1)
    carrier.peers[0].answer(carrier.peers[0].requests("OPTIONS")[0], status)
    carrier.world.run(0.1)
    assert ([status], [1, 0, 0]) == (carrier.heard, carrier.asked())


def test_a_target_that_never_answers_is_left_after_timer_f() -> None:
    carrier = Carrier()
    carrier.send()
    carrier.world.run(31.9)
    assert [1, 0, 0] == carrier.asked()
    carrier.world.run(0.2)
    assert [1, 1, 0] == carrier.asked()
    carrier.world.run(70)
    assert ([(408, "Request Timeout")], [1, 1, 1]) == (carrier.heard, carrier.asked())


def test_a_target_that_said_anything_is_not_left_by_time() -> None:
    carrier = Carrier()
    carrier.send()
    carrier.world.run(0.1)
    carrier.peers[0].answer(carrier.peers[0].requests("OPTIONS")[0], 100)
    carrier.world.run(40)
    assert ([100, (408, "Request Timeout")], [1, 0, 0]) == (carrier.heard, carrier.asked())


def test_a_call_that_rings_is_not_sent_elsewhere() -> None:
    carrier = Carrier()
    carrier.send("INVITE")
    carrier.world.run(0.1)
    (invite,) = carrier.peers[0].requests("INVITE")
    carrier.peers[0].answer(invite, 180)
    carrier.world.run(0.1)
    carrier.peers[0].answer(invite, 503)
    carrier.world.run(0.1)
    assert ([180, 503], [1, 0, 0]) == (carrier.heard, carrier.asked())


def test_a_refused_connection_and_an_icmp_error_lead_to_the_next_target() -> None:
    carrier = Carrier("tcp")
    carrier.peers[0].paths.close()
    carrier.send()
    carrier.world.run(0.1)
    assert [0, 1, 0] == carrier.asked()
    datagrams = Carrier()
    datagrams.send()
    datagrams.world.run(0.1)
    datagrams.node.exchange.unreachable([datagrams.node.paths.flow(HOSTS[0], 5060, "udp")])
    datagrams.world.run(0.1)
    assert [1, 1, 0] == datagrams.asked()


def test_an_icmp_error_about_one_who_has_answered_is_not_believed() -> None:
    carrier = Carrier()
    carrier.send("INVITE")
    carrier.world.run(0.1)
    (invite,) = carrier.peers[0].requests("INVITE")
    carrier.peers[0].answer(invite, 180)
    carrier.world.run(0.1)
    carrier.node.exchange.unreachable([carrier.node.paths.flow(HOSTS[0], 5060, "udp")])
    carrier.peers[0].answer(invite, 486)
    carrier.world.run(0.1)
    assert ([180, 486], [1, 0, 0]) == (carrier.heard, carrier.asked())


def test_a_cancelled_call_tries_no_other_target() -> None:
    carrier = Carrier()
    handle = carrier.send("INVITE")
    carrier.world.run(0.1)
    handle.cancel()
    carrier.peers[0].answer(carrier.peers[0].requests("INVITE")[0], 503)
    carrier.world.run(1)
    assert ([503], [1, 0, 0]) == (carrier.heard, carrier.asked())


@pytest.mark.parametrize("after_s, dead", [(4, [HOSTS[0]]), (1, [])])
def test_a_target_that_was_silent_until_the_call_was_given_up_comes_last_next_time(
    after_s: float, dead: list[str]
) -> None:
    carrier = Carrier()
    handle = carrier.send("INVITE")
    carrier.world.run(after_s)
    handle.cancel()
    assert dead == carrier.node.paths.dead


def test_a_target_that_has_rung_is_no_worse_for_a_call_given_up() -> None:
    carrier = Carrier()
    handle = carrier.send("INVITE")
    carrier.world.run(0.1)
    carrier.peers[0].answer(carrier.peers[0].requests("INVITE")[0], 180)
    carrier.world.run(10)
    handle.cancel()
    assert [] == carrier.node.paths.dead


def test_our_contact_is_the_one_of_the_way_taken() -> None:
    world = World()
    peer = Peer(world.network, "10.0.0.3")
    world.network.names["carrier.example"] = (Target("10.0.0.3", 5061, "tls", "carrier.example"),)
    world.network.endpoints["10.0.0.3", 5061] = peer.paths
    node: Node = world.caller
    node.agent.invite(
        "sip:x@carrier.example", "<sip:a@h>", "<sip:x@h>", Destination("carrier.example"), b"", listener=node.heard
    )
    world.run(0.1)
    (invite,) = peer.requests("INVITE")
    assert "<sip:softswitch@10.0.0.1:5060;transport=tls>" == invite.headers.get("Contact")
    assert "TLS" == invite.top_via.transport


# --- the real paths over ports that the test scripts ---


class Port:
    """A `Port` whose connections the test makes or refuses."""

    sent_by = "10.0.0.1:5060"

    def __init__(self, network: MemoryNetwork, kind: Any, is_ipv6: bool = False) -> None:
        self.is_ipv6 = is_ipv6
        self.opened: list[tuple[str, float | None]] = []
        self.refuses: set[str] = set()
        self._paths = network.endpoint(f"10.1.0.{len(network.endpoints)}", 5060, Peer(network, "10.9.9.9"))
        self._kind = kind

    def open(self, target: Target, on_flow: Any, on_error: Any, within_s: float | None = None) -> None:
        self.opened.append((target.host, within_s))
        if target.host in self.refuses:
            on_error("refused")
        else:
            on_flow(self._paths.flow(target.host, target.port, self._kind))

    def find(self, name: str) -> Flow | None:
        return None


class Ways:
    """`Flows` over a UDP and a TCP port; "h.example" is 192.0.2.1 and 2001:db8::1."""

    def __init__(self) -> None:
        self.clock = Clock()
        network = MemoryNetwork(self.clock)
        self.udp, self.udp6, self.tcp = Port(network, "udp"), Port(network, "udp", True), Port(network, "tcp")
        answers = {"h.example": ("2001:db8::1", "192.0.2.1"), "via.example": ("192.0.2.77",)}
        numbers = count()

        class Chance:
            def random(self) -> float:
                return next(numbers) % 10 / 10

        def ask(question: Any, on_answer: Callable[[Answer], None]) -> None:
            on_answer(Answer(answers.get(question.name, ()) if question.kind == "ADDRESS" else (), 60))

        resolver = Resolver(self.clock, ask, Chance())
        self.flows = Flows(self.clock, resolver, {"udp": (self.udp, self.udp6), "tcp": (self.tcp,)})
        self.told: list[Any] = []

    def open(self, size_bytes: int, host: str = "192.0.2.1") -> Any:
        self.flows.open(Target(host, 5060, "udp"), size_bytes, self.told.append, self.told.append)
        return self.told[-1]


def test_a_request_too_large_for_udp_goes_by_tcp_and_by_udp_when_that_is_refused() -> None:
    ways = Ways()
    assert "udp" == ways.open(UDP_REQUEST_BYTES_MAX).kind
    assert "tcp" == ways.open(UDP_REQUEST_BYTES_MAX + 1).kind
    assert [("192.0.2.1", STREAM_TRY_S_MAX)] == ways.tcp.opened
    ways.tcp.refuses.add("192.0.2.2")
    assert ["udp", "udp"] == [ways.open(2_000, "192.0.2.2").kind for _ in range(2)]
    assert 2 == len(ways.tcp.opened)
    assert "udp" == ways.open(2_000, "2001:db8::1").kind


def test_the_flow_has_the_family_of_its_address() -> None:
    ways = Ways()
    ways.open(100, "2001:db8::1")
    assert ([], [("2001:db8::1", None)]) == (ways.udp.opened, ways.udp6.opened)
    ways.flows.open(Target("2001:db8::1", 5060, "tcp"), 0, ways.told.append, ways.told.append)
    ways.flows.open(Target("192.0.2.1", 5061, "tls"), 0, ways.told.append, ways.told.append)
    assert ["no way to 2001:db8::1 over tcp", "no way to 192.0.2.1 over tls"] == ways.told[-2:]


def test_a_target_that_failed_comes_last_for_a_while() -> None:
    ways = Ways()

    def located() -> list[str]:
        ways.flows.locate(Destination("h.example", 5060), ways.told.append, ways.told.append)
        return [target.host for target in ways.told[-1]]

    assert ["2001:db8::1", "192.0.2.1"] == located()
    ways.flows.failed(Target("2001:db8::1", 5060, "udp"))
    assert ["192.0.2.1", "2001:db8::1"] == located()
    ways.clock.advance(DEAD_TARGET_S)
    assert ["2001:db8::1", "192.0.2.1"] == located()
    ways.flows.failed(Target("2001:db8::1", 5060, "udp"), 1e9)
    ways.clock.advance(301)
    assert ["2001:db8::1", "192.0.2.1"] == located()


def test_dead_targets_are_a_bounded_number() -> None:
    dead = Dead(Clock())
    targets = [Target("192.0.2.1", port, "udp") for port in range(1, 2_000)]
    for target in targets:
        dead.add(target, 60)
    assert [False, True] == [targets[0] in dead, targets[-1] in dead]


def test_a_transport_we_do_not_have_is_an_error() -> None:
    ways = Ways()
    ways.flows.locate(Destination("192.0.2.1", 5061, "tls"), ways.told.append, ways.told.append)
    assert ["no tls transport"] == ways.told


def test_the_answer_to_a_lost_connection_goes_to_the_sent_by_port_then_to_the_name_in_the_via() -> None:
    ways = Ways()
    gone = ways.tcp._paths.flow("192.0.2.9", 40_000, "tcp")
    via = parse_via("SIP/2.0/TCP via.example;branch=z9hG4bK1;received=192.0.2.66;rport=40000")
    ways.flows.reply(gone, via, ways.told.append, ways.told.append)
    assert [("192.0.2.9", None)] == ways.tcp.opened
    ways.tcp.refuses.add("192.0.2.9")
    ways.flows.reply(gone, via, ways.told.append, ways.told.append)
    assert ["192.0.2.9", "192.0.2.9", "192.0.2.77"] == [host for host, _ in ways.tcp.opened]
    hidden = parse_via("SIP/2.0/TCP df7.invalid;branch=z9hG4bK1")
    ways.flows.reply(gone, hidden, ways.told.append, ways.told.append)
    assert "refused" == ways.told[-1]
