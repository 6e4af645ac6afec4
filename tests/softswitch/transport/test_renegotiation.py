"""Changes of an answered session: re-INVITE both ways, UPDATE, glare, refusals, silence."""

from __future__ import annotations

import pytest

from softswitch.transport.limits import CHANGES_BURST_MAX
from softswitch.transport.renegotiation import State
from softswitch.transport.session import Session
from tests.softswitch.transport.harness import ANSWER, OFFER, OTHER, Peer, World, connected, losing


def with_peer() -> tuple[World, Peer, Session]:
    """A call from us to a scripted far end, answered."""
    world = World()
    peer = Peer(world.network, "10.0.0.3")
    call = world.caller.call(peer)  # type: ignore[arg-type]  # has a host, as a Node
    world.run(0.1)
    peer.answer(peer.requests("INVITE")[0], 200, sdp=ANSWER)
    world.run(0.1)
    world.caller.heard.words.clear()
    return world, peer, call


def ask(world: World, peer: Peer, method: str, number: int, body: bytes = b"", **options: str) -> None:
    peer.ask(method, peer.requests("INVITE")[0], number, body, **options)
    world.run(0.1)


@pytest.mark.parametrize("who", ["caller", "called"])
def test_either_side_can_offer_a_change(who: str) -> None:
    world = connected()
    node, other = (world.caller, world.called) if who == "caller" else (world.called, world.caller)
    node.sessions[0].reinvite(OTHER)
    world.run(0.1)
    assert ["offer other"] == other.heard.words
    other.sessions[0].answer_offer(ANSWER)
    world.run(1)
    assert ["reinvite answered answer"] == node.heard.words
    assert ["offer other"] == other.heard.words
    assert ["ACK"] == [word[3:] for word in world.ladder() if "ACK" in word]


def test_a_refused_change_leaves_the_call_up() -> None:
    world = connected()
    world.caller.sessions[0].reinvite(OTHER)
    world.run(0.1)
    world.called.sessions[0].refuse_offer()
    world.run(0.1)
    assert ["reinvite failed 488"] == world.caller.heard.words
    world.caller.sessions[0].bye()
    world.run(40)
    assert ["offer other", "ended 200 remote"] == world.called.heard.words
    assert world.clean()


@pytest.mark.parametrize(
    ("offer", "warning"),
    [
        (b"v=0\r\nm=audio 4000 RTP/AVP 98\r\n", '305 softswitch "Incompatible media format"'),
        (b"v=0\r\nm=video 4000 RTP/AVP 98\r\n", '304 softswitch "Media type not available"'),
    ],
)
def test_a_refused_offer_says_what_is_wrong_with_it(offer: bytes, warning: str) -> None:
    world, peer, call = with_peer()
    ask(world, peer, "INVITE", 5, offer)
    call.refuse_offer()
    world.run(0.1)
    assert ([100, 488], warning) == (peer.answers(), peer.got[-1].headers.get("Warning"))


def test_offers_that_cross_are_both_refused_491_and_tried_again_by_the_rule() -> None:
    world = connected(delay_s=0.1)
    for node in (world.caller, world.called):
        node.heard._then = lambda session, word: session.answer_offer(ANSWER) if word.startswith("offer") else None
    world.caller.sessions[0].reinvite(OTHER)
    world.called.sessions[0].reinvite(OFFER)
    world.run(0.5)
    assert ["1> 491 INVITE", "2> 491 INVITE"] == sorted(word for word in world.ladder() if "491" in word)
    assert ([], []) == (world.caller.heard.words, world.called.heard.words)
    world.run(6)
    assert ["offer offer", "reinvite answered answer"] == world.caller.heard.words
    assert ["reinvite answered answer", "offer other"] == world.called.heard.words
    own, others = world.sent("1> INVITE"), world.sent("2> INVITE")
    assert 2100 <= own[1] - own[0] - 200 <= 4100
    assert 0 <= others[1] - others[0] - 200 <= 2100


def test_endless_491_is_given_up() -> None:
    world, peer, call = with_peer()
    call.reinvite(OTHER)
    for _ in range(8):
        world.run(0.1)
        peer.answer(peer.requests("INVITE")[-1], 491)
        world.run(5)
    assert ["reinvite failed 491"] == world.caller.heard.words
    assert {1, 2, 3, 4, 5, 6, 7} == {invite.cseq.number for invite in peer.requests("INVITE")}


@pytest.mark.parametrize("after, again", [("3", 2), ("600", 1), ("soon", 1)])
def test_a_500_that_says_when_is_tried_again_then(after: str, again: int) -> None:
    world, peer, call = with_peer()
    call.reinvite(OTHER)
    world.run(0.1)
    peer.answer(peer.requests("INVITE")[-1], 500, headers=(("Retry-After", after),))
    world.run(2.5)
    assert 2 == len({invite.cseq.number for invite in peer.requests("INVITE")})
    world.run(1)
    assert 1 + again == len({invite.cseq.number for invite in peer.requests("INVITE")})
    assert ([] if again == 2 else ["reinvite failed 500"]) == world.caller.heard.words


def test_the_latest_of_several_offers_is_sent_when_its_turn_comes() -> None:
    world = connected()
    call = world.caller.sessions[0]
    world.called.heard._then = lambda session, word: session.answer_offer(ANSWER) if word.startswith("offer") else None
    for sdp in (OTHER, b"v=0\r\no=third", b"v=0\r\no=last"):
        call.reinvite(sdp)
    world.run(2)
    assert ["offer other", "offer last"] == world.called.heard.words
    assert ["reinvite answered answer"] * 2 == world.caller.heard.words


def test_a_second_offer_while_one_waits_is_500_with_retry_after() -> None:
    world, peer, call = with_peer()
    ask(world, peer, "INVITE", 20, OTHER)
    ask(world, peer, "UPDATE", 21, OTHER)
    assert [100, 500] == peer.answers()
    assert "Retry-After" in peer.got[-1].headers
    call.answer_offer(ANSWER)
    world.run(0.1)
    assert 200 == peer.answers()[-1]


@pytest.mark.parametrize("body", [OTHER, b""], ids=["offer", "refresh"])
def test_a_far_end_that_changes_the_session_all_the_time_is_told_to_wait(body: bytes) -> None:
    world, peer, call = with_peer()
    for number in range(2, 2 + 3 * CHANGES_BURST_MAX):
        peer.ask("UPDATE", peer.requests("INVITE")[0], number, body)
        world.run(0.001)
        call.answer_offer(ANSWER)
        world.run(0.001)
    world.run(0.1)
    answers = peer.answers()
    assert [200] * CHANGES_BURST_MAX == answers[:CHANGES_BURST_MAX]
    assert {500} == set(answers[CHANGES_BURST_MAX:])
    assert len(world.caller.heard.words) in (CHANGES_BURST_MAX, 0), "and nobody hears of it"
    world.run(1)
    ask(world, peer, "UPDATE", 900)
    assert 200 == peer.answers()[-1]


def test_an_update_is_answered_without_ack() -> None:
    world, peer, call = with_peer()
    ask(world, peer, "UPDATE", 20, OTHER)
    assert ["offer other"] == world.caller.heard.words
    call.answer_offer(ANSWER)
    world.run(0.1)
    assert ([200], ANSWER) == (peer.answers(), peer.got[-1].body)
    world.run(40)
    assert [200] == peer.answers()


def test_an_update_without_offer_refreshes_the_target_only() -> None:
    world, peer, _ = with_peer()
    ask(world, peer, "UPDATE", 20)
    assert ([200], []) == (peer.answers(), world.caller.heard.words)


def test_a_reinvite_without_offer_asks_for_ours_and_its_ack_answers() -> None:
    world, peer, call = with_peer()
    ask(world, peer, "INVITE", 20)
    assert ["offer"] == world.caller.heard.words
    call.answer_offer(OTHER)
    world.run(0.1)
    ask(world, peer, "ACK", 20, ANSWER, branch="ack20")
    assert ["offer", "reinvite answered answer"] == world.caller.heard.words


def test_an_offer_of_another_kind_is_415() -> None:
    world, peer, _ = with_peer()
    ask(world, peer, "INVITE", 20, b"hello", extra="Content-Type: text/plain\r\n")
    assert [100, 415] == peer.answers()
    assert "application/sdp" in peer.got[-1].values("Accept")


def test_a_cancelled_offer_is_answered_487_and_its_late_answer_goes_nowhere() -> None:
    world, peer, call = with_peer()
    ask(world, peer, "INVITE", 20, OTHER, branch="re")
    ask(world, peer, "CANCEL", 20, branch="re")
    call.answer_offer(ANSWER)
    world.run(0.1)
    assert [100, 200, 487] == peer.answers()
    call.reinvite(OTHER)
    world.run(0.1)
    assert 2 == len(peer.requests("INVITE"))


def test_a_bye_answers_the_offer_that_waits_487() -> None:
    world, peer, _ = with_peer()
    ask(world, peer, "INVITE", 20, OTHER)
    ask(world, peer, "BYE", 21)
    assert [100, 200, 487] == peer.answers()
    assert ["offer other", "ended 200 remote"] == world.caller.heard.words


def test_an_answer_to_an_offer_after_the_end_is_acknowledged_and_not_told() -> None:
    world, peer, call = with_peer()
    call.reinvite(OTHER)
    world.run(0.1)
    ask(world, peer, "BYE", 20)
    peer.answer(peer.requests("INVITE")[-1], 200, sdp=ANSWER)
    world.run(0.1)
    assert 2 == len(peer.requests("ACK"))
    assert ["ended 200 remote"] == world.caller.heard.words


@pytest.mark.parametrize("status", [408, 481])
def test_a_far_end_that_lost_the_call_ends_it(status: int) -> None:
    world, peer, call = with_peer()
    call.reinvite(OTHER)
    world.run(0.1)
    peer.answer(peer.requests("INVITE")[-1], status)
    world.run(0.1)
    assert [f"ended {status} error"] == world.caller.heard.words
    assert 1 == len(peer.requests("BYE"))


def test_an_offer_nobody_answers_ends_the_call_after_64_t1() -> None:
    world, _, call = with_peer()
    call.reinvite(OTHER)
    world.run(31.9)
    assert [] == world.caller.heard.words
    world.run(0.2)
    assert ["ended 408 error"] == world.caller.heard.words


def test_an_accepted_offer_without_ack_ends_the_call() -> None:
    world = connected(lost=losing())
    world.called.sessions[0].reinvite(OTHER)
    world.run(0.1)
    world.network.lost = losing(*["2> ACK"] * 20)
    world.caller.sessions[0].answer_offer(ANSWER)
    world.run(33)
    assert ["offer other", "ended 408 error"] == world.caller.heard.words
    assert ["reinvite answered answer", "ended 200 remote"] == world.called.heard.words


@pytest.mark.parametrize(
    "state, verb, expected",
    [
        (State.IDLE, "answer", State.IDLE),
        (State.IDLE, "refuse", State.IDLE),
        (State.IDLE, "close", State.IDLE),
        (State.IDLE, "offer", State.OFFERING),
        (State.OFFERING, "answer", State.OFFERING),
        (State.OFFERING, "refuse", State.OFFERING),
        (State.OFFERING, "close", State.IDLE),
        (State.OFFERING, "offer", State.OFFERING),
        (State.WAITING, "answer", State.WAITING),
        (State.WAITING, "refuse", State.WAITING),
        (State.WAITING, "close", State.IDLE),
        (State.WAITING, "offer", State.WAITING),
        (State.OFFERED, "answer", State.ACCEPTED),
        (State.OFFERED, "refuse", State.IDLE),
        (State.OFFERED, "close", State.IDLE),
        (State.OFFERED, "offer", State.OFFERED),
        (State.ACCEPTED, "answer", State.ACCEPTED),
        (State.ACCEPTED, "refuse", State.ACCEPTED),
        (State.ACCEPTED, "close", State.IDLE),
        (State.ACCEPTED, "offer", State.ACCEPTED),
    ],
)
def test_each_verb_in_each_state(state: State, verb: str, expected: State) -> None:
    world, peer, call = with_peer()
    change = call._renegotiation
    if state in (State.OFFERING, State.WAITING):
        call.reinvite(OTHER)
        world.run(0.1)
    if state is State.WAITING:
        peer.answer(peer.requests("INVITE")[-1], 491)
        world.run(0.05)
    if state in (State.OFFERED, State.ACCEPTED):
        ask(world, peer, "INVITE", 20, OTHER)
    if state is State.ACCEPTED:
        call.answer_offer(ANSWER)
    assert state is change.state
    getattr(change, verb)(*{"answer": (ANSWER,), "refuse": (488,), "offer": (OFFER,)}.get(verb, ()))
    assert expected is change.state


def test_an_offer_among_other_parts_is_heard() -> None:
    world, peer, call = with_peer()
    parts = (
        b"--b\r\nContent-Type: x/y\r\n\r\n\0\r\n--b\r\nContent-Type: application/sdp\r\n\r\n" + OTHER + b"\r\n--b--\r\n"
    )
    ask(world, peer, "INVITE", 20, parts, extra="Content-Type: multipart/mixed;boundary=b\r\n")
    assert ["offer other"] == world.caller.heard.words
    call.answer_offer(ANSWER)
    world.run(0.1)
    ask(world, peer, "ACK", 20, branch="ack20")
    ask(world, peer, "UPDATE", 21, parts[:-3], extra="Content-Type: multipart/mixed;boundary=b\r\n")
    assert ([100, 200, 400], ["offer other"]) == (peer.answers(), world.caller.heard.words)
