"""What comes in finds its transaction: repeats, merged and malformed messages, CANCEL, ACK, overload, sources."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.task import Clock

from softswitch.sip.errors import BadMessage
from softswitch.sip.headers import Headers
from softswitch.sip.message import Request, Response
from softswitch.transport.exchange import Exchange
from softswitch.transport.flows import Destination
from softswitch.transport.memory import MemoryNetwork
from softswitch.transport.server import ServerHandle
from tests.softswitch.transport.harness import Node, Peer, World


class Alone:
    """One exchange at 10.0.0.2 and a scripted peer at 10.0.0.1; `kept` are the requests nobody answered yet."""

    def __init__(self, **limits: Any) -> None:
        self.clock = Clock()
        self.network = MemoryNetwork(self.clock)
        self.node = Node(self.network, "10.0.0.2", **limits)
        self.peer = Peer(self.network, "10.0.0.1", "10.0.0.2")
        self.kept: list[tuple[ServerHandle, Request]] = []
        self.run = World.run.__get__(self)

    def keep(self) -> None:
        """Takes over from the user agent."""
        self.node.exchange.handler = lambda handle, request: self.kept.append((handle, request))

    def tell(self, method: str, branch: str = "1", via: str = "10.0.0.1:5060", **fields: str) -> None:
        """The peer sends a request; `fields` replace or add headers, `uri` the Request-URI."""
        uri = fields.pop("uri", "sip:101@10.0.0.2")
        headers = {
            "Via": f"SIP/2.0/UDP {via};branch=z9hG4bK{branch}",
            "From": "<sip:ann@10.0.0.1>;tag=from1",
            "To": "<sip:101@10.0.0.2>",
            "Call-ID": "call-1",
            "CSeq": f"7 {method}",
            "Contact": "<sip:ann@10.0.0.1>",
        } | {name.replace("_", "-"): value for name, value in fields.items()}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.peer.send(f"{method} {uri} SIP/2.0\r\n{lines}\r\n".encode())
        self.run(0.1)

    def answers(self) -> list[int]:
        return self.peer.answers()


def test_a_request_is_handed_over_once_however_often_it_comes() -> None:
    world = Alone()
    world.keep()
    for _ in range(3):
        world.tell("OPTIONS")
    ((handle, _),) = world.kept
    assert [] == world.answers()
    handle.reply(200)
    world.run(0.1)
    world.tell("OPTIONS")
    assert ([200, 200], 1) == (world.answers(), len(world.kept))


def test_a_repeated_invite_gets_the_latest_answer() -> None:
    world = Alone()
    world.keep()
    world.tell("INVITE")
    world.tell("INVITE")
    world.kept[0][0].reply(180)
    world.tell("INVITE")
    assert ([100, 100, 180, 180], 1) == (world.answers(), len(world.kept))


def test_a_late_answer_is_announced_by_100() -> None:
    world = Alone()
    world.keep()
    world.tell("OPTIONS")
    world.run(3.5)
    assert [100] == world.answers()
    world.kept[0][0].reply(200)
    world.run(0.1)
    assert [100, 200] == world.answers()


def test_a_request_nobody_answers_is_forgotten() -> None:
    world = Alone()
    world.keep()
    world.tell("OPTIONS")
    world.run(40)
    assert 0 == world.node.exchange.transactions
    world.kept[0][0].reply(200)
    world.run(0.1)
    assert [100] == world.answers()


def test_only_the_first_final_answer_is_sent() -> None:
    world = Alone()
    world.keep()
    world.tell("OPTIONS")
    handle = world.kept[0][0]
    for status in (200, 404):
        handle.reply(status)
    world.run(0.1)
    assert ([200], True) == (world.answers(), handle.answered)


def test_a_copy_on_another_path_is_482() -> None:
    world = Alone()
    world.keep()
    world.tell("INVITE")
    world.tell("INVITE", branch="2")
    assert ([100, 482], 1) == (world.answers(), len(world.kept))


def test_a_cancel_is_answered_200_and_its_invite_487() -> None:
    world = Alone()
    world.node.answer = lambda session: session.ring()
    world.tell("INVITE")
    world.tell("CANCEL")
    assert [100, 180, 200, 487] == world.answers()
    ok, terminated = world.peer.got[-2:]
    assert isinstance(ok, Response)
    assert ("7 CANCEL", ok.to.tag) == (str(ok.cseq), terminated.to.tag)
    assert ["cancelled"] == world.node.heard.words


def test_a_cancel_after_the_answer_changes_nothing() -> None:
    world = Alone()
    world.tell("INVITE")
    world.tell("CANCEL")
    assert [100, 200, 200] == world.answers()
    assert [] == world.node.heard.words


def test_a_cancel_of_nothing_is_481() -> None:
    world = Alone()
    world.tell("CANCEL")
    assert [481] == world.answers()


def test_an_ack_of_nothing_is_dropped() -> None:
    world = Alone()
    world.tell("ACK")
    world.tell("ACK", To="<sip:101@10.0.0.2>;tag=x")
    assert ([], 0) == (world.answers(), world.node.exchange.transactions)


def test_an_ack_of_a_200_is_found_by_its_dialog_and_told_once() -> None:
    world = Alone()
    world.tell("INVITE")
    tag = world.peer.got[-1].to.tag
    for branch in ("ack", "ack", "ack2"):
        world.tell("ACK", branch, To=f"<sip:101@10.0.0.2>;tag={tag}")
    assert ["acked"] == world.node.heard.words
    world.run(20)
    assert [100, 200] == world.answers()


def test_an_acknowledged_invite_is_remembered_without_its_session() -> None:
    world = Alone()
    world.tell("INVITE")
    world.tell("ACK", "ack", To=f"<sip:101@10.0.0.2>;tag={world.peer.got[-1].to.tag}")
    (handle,) = world.node.exchange._servers.values()
    assert (True, None) == (handle.answered, handle.user)


def test_an_rfc_2543_ack_on_the_branch_of_its_invite_is_found() -> None:
    world = Alone()
    via = "SIP/2.0/UDP 10.0.0.1:5060"
    world.tell("INVITE", Via=via)
    world.tell("ACK", Via=via, To=f"<sip:101@10.0.0.2>;tag={world.peer.got[-1].to.tag}")
    assert ["acked"] == world.node.heard.words


@pytest.mark.parametrize("method", ["BYE", "INFO", "UPDATE", "PRACK"])
def test_requests_of_a_dialog_without_one_are_481(method: str) -> None:
    world = Alone()
    world.tell(method)
    world.tell(method, branch="2", CSeq=f"8 {method}", To="<sip:101@10.0.0.2>;tag=gone")
    assert [481, 481] == world.answers()


@pytest.mark.parametrize(
    "method, fields, status",
    [
        ("OPTIONS", {}, 200),
        ("REGISTER", {}, 200),
        ("DANCE", {}, 501),
        ("OPTIONS", {"uri": "soap.beep:101"}, 416),
        ("OPTIONS", {"Require": "gold, silver"}, 420),
        ("INVITE", {"Require": "precondition"}, 420),
        ("INVITE", {"Contact": "*"}, 400),
        ("INVITE", {"Contact": "<gopher:x>"}, 400),
        ("OPTIONS", {"CSeq": "7 INVITE"}, 400),
        ("OPTIONS", {"Max-Forwards": "many"}, 400),
        ("OPTIONS", {"Max-Forwards": "256"}, 400),
        ("OPTIONS", {"Max-Forwards": "0"}, 200),
    ],
)
def test_the_checks_of_a_new_request(method: str, fields: dict[str, str], status: int) -> None:
    world = Alone()
    world.tell(method, **fields)
    assert status == world.answers()[-1]


def test_an_unknown_method_hears_what_is_allowed_and_a_needed_extension_what_is_not() -> None:
    world = Alone()
    world.tell("DANCE")
    world.tell("OPTIONS", Require="gold, silver")
    assert "INVITE, ACK, CANCEL, BYE, INFO, PRACK, UPDATE, REFER, OPTIONS, REGISTER" == world.peer.got[0].headers.get(
        "Allow"
    )
    assert "gold, silver" == world.peer.got[1].headers.get("Unsupported")


def test_an_invite_with_another_body_is_415() -> None:
    world = Alone()
    head = (
        "INVITE sip:101@10.0.0.2 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
    )
    rest = "To: <sip:101@10.0.0.2>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContact: <sip:a@10.0.0.1>\r\n"
    world.peer.send(f"{head}{rest}Content-Type: text/plain\r\n\r\nhello".encode())
    world.run(0.1)
    assert [100, 415] == world.answers()
    assert "application/sdp" in world.peer.got[-1].values("Accept")


@pytest.mark.parametrize(
    ("accept", "status"),
    [("text/plain", 406), ("", 406), ("application/sdp;q=0", 406), ("text/plain, application/*", 200), ("/", 400)],
)
def test_a_caller_that_takes_no_description_is_406(accept: str, status: int) -> None:
    world = Alone()
    world.tell("INVITE", Accept=accept)
    assert [100, status] == world.answers()


@pytest.mark.parametrize(
    "data, expected",
    [
        (b"OPTIONS sip:x SIP/7.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1\r\n\r\n", [505]),
        (b"OPTIONS sip:x@y SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1\r\n\r\n", [400]),
        (b"ACK sip:x@y SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1\r\n\r\n", []),
        (b"OPTIONS sip:x@y SIP/2.0\r\nVia: nonsense\r\n\r\n", []),
        (b"SIP/2.0 999 What\r\n\r\n", []),
        (b"\x00\x00\r\n\r\n", []),
        (b"\xff" * 300, []),
        (b"", []),
    ],
)
def test_malformed_messages_are_answered_when_they_can_be(data: bytes, expected: list[int]) -> None:
    world = Alone()
    world.peer.send(data)
    world.run(0.1)
    assert (expected, 0) == (world.answers(), world.node.exchange.transactions)


def test_answers_go_to_the_port_the_peer_asks_for() -> None:
    world = Alone()
    elsewhere = Peer(world.network, "10.0.0.1")
    world.network.endpoints["10.0.0.1", 6000] = elsewhere.paths
    world.network.endpoints["10.0.0.1", 5060] = world.peer.paths
    world.tell("OPTIONS", via="10.0.0.1:6000")
    assert ([200], []) == (elsewhere.answers(), world.answers())
    world.tell("OPTIONS", branch="2", CSeq="8 OPTIONS", Via="SIP/2.0/UDP 10.0.0.1:6000;branch=z9hG4bK2;rport")
    assert [200] == world.answers()
    assert (5060, "10.0.0.1") == (world.peer.got[0].top_via.rport, world.peer.got[0].top_via.received)


def test_a_received_parameter_of_the_peers_own_aims_no_answer() -> None:
    world = Alone()
    victim = Peer(world.network, "10.0.0.66")
    world.tell("OPTIONS", Via="SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;received=10.0.0.66")
    assert ([], [200]) == (victim.got, world.answers())


def test_too_many_transactions_are_503_with_retry_after_but_dialogs_go_on() -> None:
    world = Alone(transactions_max=2)
    world.keep()
    for number in range(4):
        world.tell("OPTIONS", branch=str(number), Call_ID=f"call-{number}", CSeq="1 OPTIONS")
    assert ([503, 503], 2) == (world.answers(), len(world.kept))
    assert 1 <= int(world.peer.got[0].headers.get("Retry-After") or "0") <= 10
    world.tell("BYE", branch="bye", To="<sip:101@10.0.0.2>;tag=x")
    assert ("BYE", 3) == (world.kept[-1][1].method, len(world.kept))


def test_a_handler_that_breaks_is_answered_500(caplog: pytest.LogCaptureFixture) -> None:
    world = Alone()

    def breaks(handle: ServerHandle, request: Request) -> None:
        raise ZeroDivisionError

    world.node.exchange.handler = breaks
    world.tell("OPTIONS")
    assert [500] == world.answers()
    assert "ZeroDivisionError" in caplog.text


def test_without_a_handler_a_request_is_503() -> None:
    world = Alone()
    del world.node.exchange.handler
    fresh = Exchange(world.clock, world.node.exchange.ids, lambda: 0)
    fresh.paths = world.network.endpoint("10.0.0.2", 5060, fresh)
    world.tell("OPTIONS")
    assert [503] == world.answers()


def test_an_exchange_without_paths_says_so() -> None:
    with pytest.raises(RuntimeError):
        _ = Exchange(Clock(), lambda: "", lambda: 0).paths


def options() -> Request:
    fields = [("From", "<sip:us@10.0.0.2>;tag=us"), ("To", "<sip:a@b>"), ("Call-ID", "ping"), ("CSeq", "1 OPTIONS")]
    return Request("OPTIONS", "sip:10.0.0.1", Headers([("Max-Forwards", "70"), *fields]))


def test_our_request_is_repeated_until_its_answer() -> None:
    world = Alone()
    heard: list[object] = []
    exchange = world.node.exchange
    exchange.request(options(), Destination("10.0.0.1", 5060), heard.append, lambda *why: heard.append(why))
    world.run(1)
    first, again = world.peer.requests("OPTIONS")
    assert first.top_via == again.top_via
    for _ in range(2):
        world.peer.answer(first, 404)
        world.run(1)
    assert [404] == [message.status for message in heard if isinstance(message, Response)]
    world.run(40)
    assert (2, 0) == (len(world.peer.requests("OPTIONS")), exchange.transactions)


def test_our_request_without_answer_fails_408_and_without_path_503() -> None:
    world = Alone()
    heard: list[object] = []
    for transport in ("udp", "tcp"):
        destination = Destination("10.0.0.77", 5060, transport)  # type: ignore[arg-type]  # both are transports
        world.node.exchange.request(options(), destination, heard.append, lambda *why: heard.append(why))
    world.run(33)
    assert [(503, "connection refused"), (408, "Request Timeout")] == heard


def test_a_lost_connection_fails_what_waits_on_it() -> None:
    world = Alone()
    heard: list[object] = []
    flow = world.node.paths.flow("10.0.0.1", 5060, "tcp")
    world.node.exchange.request(options(), flow, heard.append, lambda *why: heard.append(why))
    world.node.exchange.lost(flow)
    assert [(503, "Transport Failed")] == heard


def test_closing_leaves_no_timer() -> None:
    world = Alone()
    world.tell("INVITE")
    world.node.exchange.request(options(), Destination("10.0.0.1", 5060), print, print)
    world.node.exchange.close()
    world.clock.advance(0.1)
    assert ([], 0) == (world.clock.getDelayedCalls(), world.node.exchange.transactions)


def test_a_broken_stream_is_answered_when_its_head_can_be_read() -> None:
    world = Alone()
    data = (
        b"INVITE sip:x@y SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.1:5060;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
        b"To: <sip:c@d>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContent-Length: -999\r\n\r\n"
    )
    world.node.exchange.broken(data, world.node.paths.flow("10.0.0.1", 5060, "tcp"), BadMessage(400, "Bad"))
    world.run(0.1)
    assert [400] == world.answers()


def test_cut_off_messages_leave_the_exchange_alive(caplog: pytest.LogCaptureFixture) -> None:
    world = Alone()
    world.tell("INVITE")
    whole = world.network.wire[0][3]
    flow = world.node.paths.flow("10.0.0.1", 5060, "udp")
    for cut in range(len(whole)):
        world.node.exchange.received(whole[:cut], flow)
    world.run(0.1)
    assert "" == caplog.text
    assert {100, 200, 400, 505} >= set(world.answers())


def test_an_invite_whose_headers_break_a_rule_leaves_no_session_behind() -> None:
    world = Alone()
    world.tell("INVITE", Supported="timer, <100rel", Session_Expires="soon", RSeq="x")
    world.run(40)
    assert 400 == world.answers()[-1]
    assert (0, 0) == (world.node.agent.sessions, world.node.exchange.transactions)
