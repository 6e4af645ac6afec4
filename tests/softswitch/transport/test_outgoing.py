"""Outgoing legs against a scripted far end: forking, challenges, routes, NAT, odd answers."""

from __future__ import annotations

import pytest

from softswitch.sip.message import Request, Response
from softswitch.transport.session import Session
from tests.softswitch.transport.harness import ANSWER, OTHER, Peer, World


class Scripted(World):
    """A world with a scripted far end at 10.0.0.3 that the caller has called."""

    def __init__(self, host: str = "10.0.0.3", **options: object) -> None:
        super().__init__()
        self.peer = Peer(self.network, host)
        self.call: Session = self.caller.call(self.peer, **options)  # type: ignore[arg-type]  # has a host, as a Node
        self.run(0.1)
        (self.invite,) = self.peer.requests("INVITE")

    def heard(self) -> list[str]:
        return self.caller.heard.words


def test_the_second_of_two_forked_answers_is_acknowledged_and_hung_up() -> None:
    world = Scripted()
    world.peer.answer(world.invite, 180, "one")
    world.peer.answer(world.invite, 180, "two")
    world.peer.answer(world.invite, 200, "two", ANSWER)
    world.peer.answer(world.invite, 200, "one", OTHER)
    world.run(1)
    assert ["progress 180", "progress 180", "answered answer"] == world.heard()
    assert ["two", "one"] == [ack.to.tag for ack in world.peer.requests("ACK")]
    assert {"one"} == {bye.to.tag for bye in world.peer.requests("BYE")}
    world.call.bye()
    world.run(1)
    assert {"one", "two"} == {bye.to.tag for bye in world.peer.requests("BYE")}


def test_only_the_branch_that_answers_says_who_is_there() -> None:
    world = Scripted()
    said: list[str | None] = []
    world.caller.agent.named = lambda _, message: said.append(message.headers.get("P-Asserted-Identity"))
    for tag in ("one", "two"):
        world.peer.answer(world.invite, 183, tag, b"", (("P-Asserted-Identity", f"<sip:{tag}@x>"),))
    world.peer.answer(world.invite, 180, "one")
    world.run(0.1)
    assert [] == said
    world.peer.answer(world.invite, 200, "one", ANSWER)
    world.run(0.1)
    assert ["<sip:one@x>"] == said


def test_a_repeated_200_is_acknowledged_again_and_told_once() -> None:
    world = Scripted()
    for _ in range(3):
        world.peer.answer(world.invite, 200, sdp=ANSWER)
        world.run(0.5)
    assert ["answered answer"] == world.heard()
    acks = world.peer.requests("ACK")
    assert 3 == len(acks)
    assert 1 == len({ack.top_via.branch for ack in acks})
    assert {f"sip:peer@{world.peer.host}"} == {ack.uri for ack in acks}


def test_a_flood_of_forked_answers_is_bounded() -> None:
    world = Scripted()
    for number in range(50):
        world.peer.answer(world.invite, 200, f"tag{number}", ANSWER)
    world.run(0.2)
    assert 16 == len(world.peer.requests("ACK"))


def digest(response: Response, request: Request) -> tuple[tuple[str, str], ...]:
    name = "Authorization" if response.status == 401 else "Proxy-Authorization"
    return ((name, f"for {request.method} {request.cseq.number}"),)


@pytest.mark.parametrize("status, header", [(401, "Authorization"), (407, "Proxy-Authorization")])
def test_a_challenge_is_answered_with_credentials_in_a_new_transaction(status: int, header: str) -> None:
    world = Scripted(authenticate=digest)
    world.peer.answer(world.invite, status)
    world.run(0.1)
    again = world.peer.requests("INVITE")[-1]
    assert ("for INVITE 1", 2, world.invite.call_id) == (again.headers.get(header), again.cseq.number, again.call_id)
    assert world.invite.from_.tag == again.from_.tag
    assert world.invite.top_via.branch != again.top_via.branch
    assert 1 == len(again.headers.all("Via"))
    world.peer.answer(again, 200, sdp=ANSWER)
    world.run(0.1)
    assert ["answered answer"] == world.heard()
    ack = world.peer.requests("ACK")[-1]
    assert (2, "for INVITE 1") == (ack.cseq.number, ack.headers.get(header))
    world.call.bye()
    world.run(0.1)
    assert 3 == world.peer.requests("BYE")[0].cseq.number


def test_after_two_tries_with_credentials_the_challenge_is_the_failure() -> None:
    world = Scripted(authenticate=digest)
    for _ in range(4):
        world.peer.answer(world.peer.requests("INVITE")[-1], 401)
        world.run(0.1)
    assert 3 == len(world.peer.requests("INVITE"))
    assert ["failed 401 Unauthorized"] == world.heard()


def test_without_credentials_a_challenge_is_a_failure() -> None:
    world = Scripted(authenticate=lambda response, request: ())
    world.peer.answer(world.invite, 407)
    world.run(0.1)
    assert ["failed 407 Proxy Authentication Required"] == world.heard()


def test_a_challenged_bye_is_sent_again_with_credentials() -> None:
    world = Scripted(authenticate=digest)
    world.peer.answer(world.invite, 200, sdp=ANSWER)
    world.run(0.1)
    world.call.bye()
    world.run(0.1)
    world.peer.answer(world.peer.requests("BYE")[0], 407)
    world.run(0.1)
    again = world.peer.requests("BYE")[-1]
    assert ("for BYE 2", 3) == (again.headers.get("Proxy-Authorization"), again.cseq.number)
    world.peer.answer(again, 200)
    world.run(0.1)
    assert "ended 200 local" == world.heard()[-1]


def test_credentials_go_to_no_other_host_than_the_invite_went_to() -> None:
    world = Scripted(authenticate=digest)
    elsewhere = Peer(world.network, "10.0.0.66")
    world.peer.answer(world.invite, 407)
    world.run(0.1)
    again = world.peer.requests("INVITE")[-1]
    world.peer.answer(again, 200, sdp=ANSWER, headers=(("Contact", "<sip:evil@10.0.0.66>"),))
    world.run(0.1)
    (ack,) = elsewhere.requests("ACK")
    world.call.bye()
    world.run(0.1)
    elsewhere.answer(elsewhere.requests("BYE")[0], 407)
    world.run(0.1)
    assert ["ACK", "BYE"] == [request.method for request in elsewhere.got if isinstance(request, Request)]
    assert [None, None] == [each.headers.get("Proxy-Authorization") for each in (ack, elsewhere.requests("BYE")[0])]


def test_a_challenge_after_the_cancel_is_not_answered() -> None:
    world = Scripted(authenticate=digest)
    world.call.cancel()
    world.peer.answer(world.invite, 401)
    world.run(0.1)
    assert 1 == len(world.peer.requests("INVITE"))
    assert ["failed 401 Unauthorized"] == world.heard()


def test_redirections_are_failures_with_their_headers() -> None:
    world = Scripted()
    world.peer.answer(world.invite, 302, headers=(("Contact", "<sip:elsewhere@c.example>"),))
    world.run(0.1)
    assert ["failed 302 Moved Temporarily"] == world.heard()
    assert "<sip:elsewhere@c.example>" == world.caller.heard.headers.get("Contact")


def test_requests_follow_the_route_set_of_the_answer() -> None:
    world = Scripted()
    proxy = Peer(world.network, "10.0.0.9")
    world.peer.answer(world.invite, 200, sdp=ANSWER, headers=(("Record-Route", "<sip:10.0.0.9;lr>"),))
    world.run(0.1)
    world.call.bye()
    world.run(0.1)
    assert [["<sip:10.0.0.9;lr>"]] * 2 == [request.headers.all("Route") for request in proxy.got]
    assert [] == world.peer.requests("BYE")


def test_a_peer_behind_nat_is_answered_on_its_flow_not_at_its_private_contact() -> None:
    world = Scripted("203.0.113.3")
    world.peer.answer(world.invite, 200, sdp=ANSWER, headers=(("Contact", "<sip:peer@192.168.1.20:5060>"),))
    world.run(0.1)
    assert ["sip:peer@192.168.1.20:5060"] == [ack.uri for ack in world.peer.requests("ACK")]


def test_our_headers_are_on_the_invite() -> None:
    world = Scripted(headers=[("P-Asserted-Identity", "<sip:+12025550100@a.example>")], id="l1")
    assert "<sip:+12025550100@a.example>" == world.invite.headers.get("P-Asserted-Identity")
    assert ("application/sdp", 70) == (world.invite.content_type, world.invite.max_forwards)
    assert ("l1", "out", world.invite.call_id) == (world.call.id, world.call.direction, world.call.call_id)
    assert world.invite.top_via.wants_rport


def test_in_dialog_requests_of_the_far_end_reach_the_session() -> None:
    world = Scripted()
    world.peer.answer(world.invite, 200, sdp=ANSWER)
    world.run(0.1)
    kind = "Content-Type: application/dtmf-relay\r\n"
    world.peer.ask("INFO", world.invite, 10, b"Signal=5", kind)
    world.peer.ask("OPTIONS", world.invite, 11)
    world.peer.ask("PUBLISH", world.invite, 12)
    world.peer.ask("INFO", world.invite, 9)
    world.peer.ask("INFO", world.invite, 13, extra="Require: gold\r\n")
    world.peer.ask("INFO", world.invite, 13, b"Signal=6", f"Info-Package: dtmf\r\n{kind}", "packaged")
    world.run(0.1)
    world.peer.ask("INFO", world.invite, 14, b"<x/>", "Content-Type: application/media_control+xml\r\n", "typed")
    world.run(0.1)
    assert [200, 200, 405, 500, 420, 469, 415] == world.peer.answers()
    assert "application/dtmf-relay, application/dtmf" == world.peer.got[-1].headers.get("Accept")
    assert ["answered answer", "info application/dtmf-relay Signal=5"] == world.heard()
    world.peer.ask("BYE", world.invite, 14)
    world.run(0.1)
    world.peer.ask("INFO", world.invite, 15)
    world.run(0.1)
    assert [200, 481] == world.peer.answers()[-2:]
    assert "ended 200 remote" == world.heard()[-1]


def test_a_response_to_nothing_is_dropped() -> None:
    world = Scripted()
    world.invite.headers.set("Via", "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKnobody")
    world.peer.answer(world.invite, 200, sdp=ANSWER)
    world.run(0.1)
    assert ([], []) == (world.heard(), world.peer.requests("ACK"))
