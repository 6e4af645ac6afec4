"""Reliable provisional answers and early offers between user agents, and against a scripted far end (RFC 3262, 3311)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from softswitch.transport.incoming import IncomingSession
from softswitch.transport.policy import LegPolicy
from softswitch.transport.session import Session
from tests.softswitch.transport.harness import ANSWER, OFFER, OTHER, Peer, World, losing

REQUIRED, OFF = LegPolicy(reliable="required"), LegPolicy(reliable="off")
RELIABLE = (("Require", "100rel"), ("RSeq", "10"))


def early(session: Session) -> None:
    session.ring(183, ANSWER)


def ringing(**network: object) -> World:
    """A call whose early media was acknowledged."""
    world = World(**network)
    world.called.answer = early
    world.caller.call(world.called)
    world.run(1)
    return world


class Far(World):
    """A scripted caller at 10.0.0.9 of our user agent at 10.0.0.2."""

    def __init__(
        self, extra: str = "Supported: 100rel\r\n", body: bytes = OFFER, answer: Callable[[Session], object] = early
    ) -> None:
        super().__init__()
        self.peer = Peer(self.network, "10.0.0.9", "10.0.0.2")
        self.to = ""
        self.called.answer = answer
        self.ask("INVITE", 1, body, extra=extra)

    def ask(self, method: str, number: int, body: bytes = b"", extra: str = "", branch: str = "") -> None:
        kind = "Content-Type: application/sdp\r\n" if body else ""
        self.peer.send(
            f"{method} sip:101@10.0.0.2 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK{branch or method}{number}\r\n"
            f"From: <sip:ann@10.0.0.9>;tag=ann\r\nTo: <sip:101@10.0.0.2>{self.to}\r\nCall-ID: far\r\n"
            f"CSeq: {number} {method}\r\nContact: <sip:ann@10.0.0.9>\r\n{extra}{kind}\r\n".encode()
            + body
        )
        self.run(0.1)
        tag = self.peer.got[-1].to.tag
        if tag is not None:
            self.to = f";tag={tag}"

    def prack(self, number: int = 2, body: bytes = b"", more: int = 0) -> None:
        rseq = next(int(m.headers.get("RSeq") or 0) for m in self.peer.got if m.headers.get("RSeq"))
        self.ask("PRACK", number, body, extra=f"RAck: {rseq + more} 1 INVITE\r\n")

    @property
    def session(self) -> Session:
        return self.called.sessions[0]


def test_early_media_is_sent_reliably_and_not_repeated_in_the_200() -> None:
    world = ringing()
    world.called.sessions[0].answer(OTHER)
    world.run(1)
    assert [
        "1> INVITE", "2> 100 INVITE", "2> 183 INVITE", "1> PRACK", "2> 200 PRACK", "2> 200 INVITE", "1> ACK"
    ] == world.ladder()  # fmt: skip
    assert b"" == world.network.wire[-2][3].partition(b"\r\n\r\n")[2]
    assert ["progress 183 answer", "answered"] == world.caller.heard.words
    assert ["acked"] == world.called.heard.words
    for node in (world.caller, world.called):
        node.sessions[0].bye()
    world.run(40)
    assert world.clean()


def test_a_plain_180_needs_no_prack() -> None:
    world = World()
    world.called.answer = lambda session: session.ring()
    world.caller.call(world.called)
    world.run(1)
    assert ["1> INVITE", "2> 100 INVITE", "2> 180 INVITE"] == world.ladder()


def test_who_requires_it_gets_it_for_each_answer_in_order() -> None:
    world = World()
    world.called.answer = lambda session: [session.ring(), session.ring(181), session.ring(183, ANSWER)]
    world.caller.call(world.called, policy=REQUIRED)
    world.run(1)
    assert ["progress 180", "progress 181", "progress 183 answer"] == world.caller.heard.words
    assert 3 == world.ladder().count("1> PRACK") == world.ladder().count("2> 200 PRACK")


@pytest.mark.parametrize("ours, theirs", [(OFF, LegPolicy()), (LegPolicy(), OFF)])
def test_policy_off_on_either_side_means_no_prack(ours: LegPolicy, theirs: LegPolicy) -> None:
    world = World()

    def answer(session: Session) -> None:
        assert isinstance(session, IncomingSession)
        assert session.admit(theirs)
        session.ring(183, ANSWER)

    world.called.answer = answer
    world.caller.call(world.called, policy=ours)
    world.run(1)
    assert "1> PRACK" not in world.ladder()
    assert ["progress 183 answer"] == world.caller.heard.words


@pytest.mark.parametrize("ours, theirs, status", [(REQUIRED, OFF, 420), (OFF, REQUIRED, 421)])
def test_wishes_that_do_not_meet_are_refused(ours: LegPolicy, theirs: LegPolicy, status: int) -> None:
    world = World()
    world.called.answer = lambda session: session.admit(theirs)  # type: ignore[attr-defined]  # an incoming one
    world.caller.call(world.called, policy=ours)
    world.run(1)
    assert f"failed {status}" == world.caller.heard.words[0][:10]
    assert "100rel" == world.caller.heard.headers.get("Unsupported" if status == 420 else "Require")


def test_a_lost_183_and_a_lost_prack_are_repeated() -> None:
    world = ringing(lost=losing("2> 183 INVITE", "1> PRACK", "2> 200 PRACK"))
    world.run(3)
    assert ["progress 183 answer"] == world.caller.heard.words
    assert 1 == len({data for _, _, _, data in world.network.wire if data.startswith(b"PRACK")})


def test_a_caller_that_never_acknowledges_gets_504_after_64_t1() -> None:
    world = Far()
    world.run(31.8)
    assert {100, 183} == set(world.peer.answers())
    assert 7 == world.peer.answers().count(183)
    world.run(0.4)
    assert 504 == world.peer.answers()[-1]
    assert [] == world.called.heard.words
    world.ask("ACK", 1, branch="INVITE")
    assert ["failed 504 Server Time-out"] == world.called.heard.words
    world.run(80)
    assert 0 == world.called.exchange.transactions + world.called.agent.sessions


@pytest.mark.parametrize("number, more", [(2, 1), (3, -1)])
def test_a_prack_for_something_else_is_481(number: int, more: int) -> None:
    world = Far()
    world.prack(number, more=more)
    assert 481 == world.peer.answers()[-1]


def test_a_second_prack_is_481_and_a_malformed_one_400() -> None:
    world = Far()
    world.prack(2)
    world.prack(3)
    world.ask("PRACK", 4, extra="RAck: nonsense\r\n")
    assert [200, 481, 400] == world.peer.answers()[-3:]


def test_a_200_waits_for_the_prack_of_a_description() -> None:
    world = Far()
    world.session.answer(ANSWER)
    world.run(0.2)
    assert 200 not in world.peer.answers()
    world.prack()
    assert [200, 200] == world.peer.answers()[-2:]


def test_a_200_does_not_wait_for_a_prack_without_one_and_a_late_prack_is_answered() -> None:
    world = Far("Require: 100rel\r\n", answer=lambda session: [session.ring(), session.answer(ANSWER)])
    assert 200 == world.peer.answers()[-1]
    world.prack()
    assert 200 == world.peer.answers()[-1]
    assert "PRACK" == world.peer.got[-1].cseq.method
    assert 1 == world.peer.answers().count(180)


def test_an_offer_of_ours_in_a_183_is_answered_by_the_prack() -> None:
    world = Far(body=b"")
    assert ANSWER == world.peer.got[-1].body
    world.prack(body=OTHER)
    assert ["reinvite answered other"] == world.called.heard.words
    world.session.answer(ANSWER)
    world.run(0.1)
    assert (200, b"") == (world.peer.answers()[-1], world.peer.got[-1].body)


def test_a_prack_without_the_answer_it_owes_is_400() -> None:
    world = Far(body=b"")
    world.prack()
    assert 400 == world.peer.answers()[-1]


def test_an_offer_of_ours_is_never_in_an_unreliable_answer() -> None:
    world = Far(extra="", body=b"")
    assert (183, b"") == (world.peer.answers()[-1], world.peer.got[-1].body)
    world.session.answer(ANSWER)
    world.run(0.1)
    assert (200, ANSWER) == (world.peer.answers()[-1], world.peer.got[-1].body)
    world.ask("ACK", 1, OTHER, branch="ack")
    assert ["acked other"] == world.called.heard.words


def test_an_offer_in_a_prack_is_answered_in_its_200() -> None:
    world = Far()
    world.called.heard._then = lambda session, word: session.answer_offer(ANSWER) if word == "offer other" else None
    world.prack(body=OTHER)
    assert (200, ANSWER, "PRACK") == (
        world.peer.answers()[-1],
        world.peer.got[-1].body,
        world.peer.got[-1].cseq.method,
    )


@pytest.mark.parametrize("body, status", [(OFFER, 500), (b"", 500)])
def test_before_its_offer_is_answered_a_caller_may_not_offer_again(body: bytes, status: int) -> None:
    world = Far()  # the 183 has no PRACK yet
    world.ask("UPDATE", 2, OTHER)
    assert status == world.peer.answers()[-1]
    assert "Retry-After" in world.peer.got[-1].headers
    world.ask("UPDATE", 3)
    assert 200 == world.peer.answers()[-1]
    world.ask("INVITE", 4, OTHER)
    assert 500 == world.peer.answers()[-1]


@pytest.mark.parametrize("who", ["caller", "called"])
def test_before_the_answer_either_side_may_change_the_session_by_update(who: str) -> None:
    world = ringing()
    for node in (world.caller, world.called):
        node.heard.words.clear()
        node.heard._then = lambda session, word: session.answer_offer(ANSWER) if word.startswith("offer") else None
    one, other = (world.caller, world.called) if who == "caller" else (world.called, world.caller)
    one.sessions[0].reinvite(OTHER)
    world.run(1)
    assert (["reinvite answered answer"], ["offer other"]) == (one.heard.words, other.heard.words)
    assert 1 == len([word for word in world.ladder() if word.endswith("> UPDATE")])
    world.called.sessions[0].answer(ANSWER)
    world.run(1)
    assert "answered" == world.caller.heard.words[-1]


def test_a_change_waits_for_the_answer_when_the_far_end_knows_no_update() -> None:
    world = World()
    peer = Peer(world.network, "10.0.0.3")
    call = world.caller.call(peer)  # type: ignore[arg-type]  # has a host, as a Node
    world.run(0.1)
    (invite,) = peer.requests("INVITE")
    peer.answer(invite, 183, sdp=ANSWER, headers=(*RELIABLE, ("Allow", "INVITE, PRACK")))
    world.run(0.1)
    peer.answer(peer.requests("PRACK")[0], 200)
    world.run(0.1)
    call.reinvite(OTHER)
    world.run(1)
    assert [] == peer.requests("UPDATE")
    peer.answer(invite, 200)
    world.run(0.1)
    assert OTHER == peer.requests("INVITE")[-1].body


def test_updates_that_cross_before_the_answer_are_491_and_tried_again() -> None:
    world = ringing(delay_s=0.1)
    world.run(2)
    for node in (world.caller, world.called):
        node.heard.words.clear()
        node.heard._then = lambda session, word: session.answer_offer(ANSWER) if word.startswith("offer") else None
    world.caller.sessions[0].reinvite(OTHER)
    world.called.sessions[0].reinvite(OFFER)
    world.run(6)
    assert ["1> 491 UPDATE", "2> 491 UPDATE"] == sorted(word for word in world.ladder() if "491" in word)
    assert ["offer offer", "reinvite answered answer"] == world.caller.heard.words
    assert ["reinvite answered answer", "offer other"] == world.called.heard.words


class Forked(World):
    """A call of ours whose far end forks: early dialogs "one" and "two"."""

    def __init__(self, sdp: bytes = OFFER) -> None:
        super().__init__()
        self.peer = Peer(self.network, "10.0.0.3")
        self.call = self.caller.call(self.peer, sdp)  # type: ignore[arg-type]  # has a host, as a Node
        self.run(0.1)
        (self.invite,) = self.peer.requests("INVITE")

    def answer(self, status: int, tag: str, sdp: bytes = b"", headers: tuple[tuple[str, str], ...] = ()) -> None:
        self.peer.answer(self.invite, status, tag, sdp, headers)
        self.run(0.1)

    def from_fork(self, method: str, tag: str, number: int, body: bytes = b"") -> None:
        kind = "Content-Type: application/sdp\r\n" if body else ""
        self.peer.send(
            f"{method} sip:softswitch@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.3:5060;branch=z9hG4bK{tag}{number}\r\n"
            f"From: {self.invite.headers.get('To')};tag={tag}\r\nTo: {self.invite.headers.get('From')}\r\n"
            f"Call-ID: {self.invite.call_id}\r\nCSeq: {number} {method}\r\nContact: <sip:{tag}@10.0.0.3>\r\n{kind}\r\n".encode()
            + body
        )
        self.run(0.1)


def test_each_early_dialog_is_acknowledged_in_its_own_dialog_and_numbers() -> None:
    world = Forked()
    world.answer(183, "one", ANSWER, RELIABLE)
    world.answer(183, "two", OTHER, (("Require", "100rel"), ("RSeq", "500")))
    world.answer(180, "one", headers=(("Require", "100rel"), ("RSeq", "11")))
    pracks = [(p.to.tag, p.headers.get("RAck"), p.cseq.number, p.uri) for p in world.peer.requests("PRACK")]
    assert [
        ("one", "10 1 INVITE", 2, "sip:one@10.0.0.3"),
        ("two", "500 1 INVITE", 2, "sip:two@10.0.0.3"),
        ("one", "11 1 INVITE", 3, "sip:one@10.0.0.3"),
    ] == list(dict.fromkeys(pracks))
    assert ["progress 183 answer", "progress 183 other", "progress 180"] == world.caller.heard.words


def test_the_dialog_that_answers_keeps_its_numbers_and_its_media() -> None:
    world = Forked()
    world.answer(183, "one", ANSWER, RELIABLE)
    world.answer(183, "two", OTHER, RELIABLE)
    world.answer(200, "one", b"v=0\r\no=late")
    assert "answered answer" == world.caller.heard.words[-1]
    world.call.bye()
    world.run(0.1)
    (bye,) = world.peer.requests("BYE")
    assert ("one", 3) == (bye.to.tag, bye.cseq.number)
    world.from_fork("UPDATE", "two", 5, OTHER)
    assert 481 == world.peer.answers()[-1]


def test_the_dialog_that_spoke_last_and_answers_has_nothing_new_to_say_of_its_media() -> None:
    world = Forked()
    world.answer(183, "one", ANSWER, RELIABLE)
    world.answer(183, "two", OTHER, RELIABLE)
    world.answer(200, "two", OTHER)
    assert ["progress 183 answer", "progress 183 other", "answered"] == world.caller.heard.words


def test_repetitions_and_gaps_are_not_told() -> None:
    world = Forked()
    for number in ("10", "10", "12", "11"):
        world.answer(180, "one", headers=(("Require", "100rel"), ("RSeq", number)))
    assert ["progress 180", "progress 180"] == world.caller.heard.words
    assert {"10 1 INVITE", "11 1 INVITE"} == {prack.headers.get("RAck") for prack in world.peer.requests("PRACK")}


def test_an_update_of_an_early_dialog_is_answered_there() -> None:
    world = Forked()
    world.answer(183, "one", ANSWER, RELIABLE)
    world.from_fork("UPDATE", "one", 1, OTHER)
    assert 491 == world.peer.answers()[-1]  # the PRACK is not answered yet
    world.peer.answer(world.peer.requests("PRACK")[0], 200, "one")
    world.run(0.1)
    world.from_fork("UPDATE", "one", 2, OTHER)
    world.call.answer_offer(OFFER)
    world.run(0.1)
    assert (200, OFFER) == (world.peer.answers()[-1], world.peer.got[-1].body)
    assert "offer other" == world.caller.heard.words[-1]


def test_a_terminated_early_dialog_is_forgotten() -> None:
    world = Forked()
    world.answer(183, "one", ANSWER, RELIABLE)
    world.answer(199, "one")
    assert ["progress 183 answer"] == world.caller.heard.words
    world.from_fork("UPDATE", "one", 1, OTHER)
    assert 481 == world.peer.answers()[-1]


def test_a_flood_of_early_dialogs_is_bounded() -> None:
    world = Forked()
    for number in range(60):
        world.answer(180, f"tag{number}")
    assert 16 == world.caller.agent.sessions
    world.peer.answer(world.invite, 486)
    world.run(40)
    assert 0 == world.caller.agent.sessions


def test_an_invite_without_offer_is_answered_in_the_ack() -> None:
    world = Forked(b"")
    assert None is world.invite.headers.get("Content-Type")
    world.caller.heard._then = lambda session, word: session.answer_offer(ANSWER) if word.startswith("offer") else None
    world.answer(200, "one", OFFER)
    (ack,) = world.peer.requests("ACK")
    assert (ANSWER, "application/sdp") == (ack.body, ack.content_type)
    assert ["offer offer", "answered"] == world.caller.heard.words


def test_an_invite_without_offer_is_answered_in_the_prack() -> None:
    world = Forked(b"")
    world.caller.heard._then = lambda session, word: session.answer_offer(ANSWER) if word.startswith("offer") else None
    world.answer(183, "one", OFFER, RELIABLE)
    assert ANSWER == world.peer.requests("PRACK")[0].body
    world.answer(200, "one")
    assert ["progress 183", "offer offer", "answered"] == world.caller.heard.words
    assert b"" == world.peer.requests("ACK")[0].body


@pytest.mark.parametrize("sdp", [OFFER, b""])
def test_an_offer_that_we_cannot_take_ends_the_call(sdp: bytes) -> None:
    world = Forked(b"")
    world.caller.heard._then = lambda session, word: session.refuse_offer() if word.startswith("offer") else None
    world.answer(200, "one", sdp)
    (bye,) = world.peer.requests("BYE")
    world.peer.answer(bye, 200)
    world.run(40)
    assert "failed 488 Not Acceptable Here" == world.caller.heard.words[-1]
    assert 0 == world.caller.agent.sessions + world.caller.exchange.transactions


def test_a_call_given_up_while_its_offer_waits_is_acknowledged_and_hung_up() -> None:
    world = Forked(b"")
    world.answer(200, "one", OFFER)
    world.call.bye()
    world.run(0.1)
    assert (1, 1) == (len(world.peer.requests("ACK")), len(world.peer.requests("BYE")))


def test_a_far_end_that_waits_in_vain_for_the_answer_to_its_offer_may_hang_up() -> None:
    world = Forked(b"")
    world.answer(200, "one", OFFER)
    world.from_fork("BYE", "one", 7)
    world.run(0.1)
    assert 200 == world.peer.answers()[-1]
    assert ["offer offer", "failed 487 Request Terminated"] == world.caller.heard.words
    world.call.answer_offer(ANSWER)
    world.run(40)
    assert 0 == world.caller.agent.sessions + world.caller.exchange.transactions


def test_a_cancel_that_crosses_a_reliable_answer_still_acknowledges_it() -> None:
    world = Forked()
    world.answer(180, "one")
    world.call.cancel()
    world.answer(183, "one", ANSWER, RELIABLE)
    assert {"10 1 INVITE"} == {prack.headers.get("RAck") for prack in world.peer.requests("PRACK")}
    world.answer(487, "one")
    assert "failed 487 Request Terminated" == world.caller.heard.words[-1]


def test_a_prack_is_sent_with_credentials_when_challenged() -> None:
    world = World()
    peer = Peer(world.network, "10.0.0.3")
    world.caller.call(peer, authenticate=lambda response, request: (("Proxy-Authorization", "secret"),))  # type: ignore[arg-type]  # has a host
    world.run(0.1)
    peer.answer(peer.requests("INVITE")[0], 183, sdp=ANSWER, headers=RELIABLE)
    world.run(0.1)
    peer.answer(peer.requests("PRACK")[0], 407)
    world.run(0.1)
    again = peer.requests("PRACK")[-1]
    assert ("secret", 3, "10 1 INVITE") == (
        again.headers.get("Proxy-Authorization"),
        again.cseq.number,
        again.headers.get("RAck"),
    )


def test_a_prack_outside_a_dialog_is_481() -> None:
    world = Far()
    world.to = ";tag=unknown"
    world.ask("PRACK", 2, extra="RAck: 1 1 INVITE\r\n")
    assert 481 == world.peer.answers()[-1]


def test_a_caller_who_gives_up_stops_the_repetition() -> None:
    world = Far()
    world.ask("CANCEL", 1, branch="INVITE")
    world.run(40)
    assert ["cancelled"] == world.called.heard.words
    assert 1 == world.peer.answers().count(183)
