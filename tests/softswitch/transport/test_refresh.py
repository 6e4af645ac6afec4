"""Session timers between user agents and against scripted far ends: refreshes, roles, 422, expiry (RFC 4028)."""

from __future__ import annotations

import pytest

from softswitch.sip.session_timer import Policy
from softswitch.transport.policy import LegPolicy
from softswitch.transport.session import Session
from tests.softswitch.transport.harness import ANSWER, OFFER, OTHER, Peer, World, connected, losing

ALLOW = ("Allow", "INVITE, ACK, BYE, CANCEL, UPDATE")
OURS = ("Session-Expires", "200;refresher=uac")
THEIRS = ("Session-Expires", "200;refresher=uas")


def up(*headers: tuple[str, str], timer: Policy | None = None) -> tuple[World, Peer, Session]:
    """A call of ours to a scripted far end that answers with these headers."""
    world = World()
    peer = Peer(world.network, "10.0.0.3")
    policy = LegPolicy(timer=timer or Policy())
    call = world.caller.call(peer, policy=policy)  # type: ignore[arg-type]  # has a host, as a Node
    world.run(0.1)
    peer.answer(peer.requests("INVITE")[0], 200, sdp=ANSWER, headers=headers)
    world.run(0.1)
    world.caller.heard.words.clear()
    return world, peer, call


def test_the_called_one_refreshes_at_half_time_by_update_and_the_call_lives_on() -> None:
    world = connected()
    world.run(895)
    assert [] == world.ladder()
    world.run(10)
    assert ["2> UPDATE", "1> 200 UPDATE"] == world.ladder()
    world.run(4 * 3600)
    assert ([], []) == (world.caller.heard.words, world.called.heard.words)
    assert b"Session-Expires: 1800;refresher=uac\r\n" in world.network.wire[0][3]
    assert b"Session-Expires: 1800;refresher=uac\r\n" in world.network.wire[1][3]
    world.caller.sessions[0].bye()
    world.run(40)
    assert world.clean()


def test_an_invite_says_what_we_wish() -> None:
    world, peer, _ = up()
    (invite,) = peer.requests("INVITE")
    assert ("1800", "100rel, norefersub, replaces, tdialog, timer") == (
        invite.headers.get("Session-Expires"),
        invite.headers.get("Supported"),
    )
    world.run(4000)
    assert [] == world.caller.heard.words
    assert [] == peer.requests("UPDATE")


def test_we_refresh_by_update_without_offer_when_the_far_end_knows_it() -> None:
    world, peer, _ = up(OURS, ALLOW)
    world.run(101)
    update = peer.requests("UPDATE")[0]
    assert (b"", "200;refresher=uac", "norefersub, replaces, tdialog, timer") == (
        update.body,
        update.headers.get("Session-Expires"),
        update.headers.get("Supported"),
    )
    peer.answer(update, 200, headers=(OURS,))
    world.run(101)
    assert 2 == len({update.cseq.number for update in peer.requests("UPDATE")})


def test_we_refresh_by_reinvite_with_the_same_description_when_it_does_not() -> None:
    world, peer, _ = up(OURS)
    world.run(101)
    again = peer.requests("INVITE")[-1]
    assert (2, OFFER) == (again.cseq.number, again.body)
    peer.answer(again, 200, sdp=ANSWER, headers=(OURS,))
    world.run(0.1)
    assert ["reinvite answered answer"] == world.caller.heard.words


@pytest.mark.parametrize("status", [405, 501])
def test_a_far_end_that_refuses_update_gets_a_reinvite(status: int) -> None:
    world, peer, _ = up(OURS, ALLOW)
    world.run(101)
    peer.answer(peer.requests("UPDATE")[0], status)
    world.run(0.1)
    assert OFFER == peer.requests("INVITE")[-1].body


def test_a_refresh_that_is_refused_is_tried_again_and_then_the_call_ends() -> None:
    world, peer, _ = up(OURS, ALLOW)
    for seconds in (101, 50):
        world.run(seconds)
        peer.answer(peer.requests("UPDATE")[-1], 500)
    world.run(45)
    assert [] == world.caller.heard.words
    world.run(5)
    assert ["ended 408 error"] == world.caller.heard.words
    assert 2 == len({update.cseq.number for update in peer.requests("UPDATE")})
    assert "SIP;cause=408" == peer.requests("BYE")[0].headers.get("Reason")


@pytest.mark.parametrize("status", [408, 481])
def test_a_far_end_that_lost_the_call_ends_it(status: int) -> None:
    world, peer, _ = up(OURS, ALLOW)
    world.run(101)
    peer.answer(peer.requests("UPDATE")[0], status)
    world.run(0.1)
    assert [f"ended {status} error"] == world.caller.heard.words


def test_a_far_end_that_is_silent_ends_the_call_after_64_t1() -> None:
    world, _, _ = up(OURS, ALLOW)
    world.run(133)
    assert ["ended 408 error"] == world.caller.heard.words


def test_a_far_end_that_does_not_refresh_ends_the_call_before_its_time() -> None:
    world, peer, _ = up(THEIRS)
    world.run(167)
    assert [] == world.caller.heard.words
    world.run(2)
    assert ["ended 408 error"] == world.caller.heard.words
    assert 1 == len({bye.cseq.number for bye in peer.requests("BYE")})


def test_every_reinvite_and_update_of_theirs_is_a_refresh() -> None:
    world, peer, call = up(THEIRS)
    world.run(150)
    expires = "Supported: timer\r\nSession-Expires: 200;refresher=uac\r\n"
    invite = peer.requests("INVITE")[0]
    peer.ask("UPDATE", invite, 5, extra=expires)
    world.run(150)
    assert "200;refresher=uac" == peer.got[-1].headers.get("Session-Expires")
    peer.ask("INVITE", invite, 6, OTHER, extra=expires)
    world.run(0.1)
    call.answer_offer(ANSWER)
    world.run(0.1)
    peer.ask("ACK", invite, 6, branch="ack6")
    world.run(150)
    assert ["offer other"] == world.caller.heard.words


def test_a_timer_can_be_turned_off_by_an_answer_without_one() -> None:
    world, peer, _ = up(OURS, ALLOW)
    world.run(101)
    peer.answer(peer.requests("UPDATE")[0], 200)
    world.run(1000)
    assert [] == world.caller.heard.words


def test_a_422_is_answered_by_an_invite_with_a_longer_interval() -> None:
    world = World()
    peer = Peer(world.network, "10.0.0.3")
    world.caller.call(peer)  # type: ignore[arg-type]  # has a host, as a Node
    world.run(0.1)
    peer.answer(peer.requests("INVITE")[0], 422, headers=(("Min-SE", "3600"),))
    world.run(0.1)
    again = peer.requests("INVITE")[-1]
    assert (2, "3600", "3600") == (
        again.cseq.number,
        again.headers.get("Session-Expires"),
        again.headers.get("Min-SE"),
    )
    assert peer.requests("INVITE")[0].from_.tag == again.from_.tag
    peer.answer(again, 422, headers=(("Min-SE", "3600"),))
    world.run(0.1)
    assert ["failed 422 Session Interval Too Small"] == world.caller.heard.words


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_a_refresh_that_is_too_short_for_the_far_end_is_sent_again(method: str) -> None:
    world, peer, _ = up(OURS, *([ALLOW] if method == "UPDATE" else []))
    world.run(101)
    peer.answer(peer.requests(method)[-1], 422, headers=(("Min-SE", "400"),))
    world.run(0.1)
    again = peer.requests(method)[-1]
    assert "400;refresher=uac" == again.headers.get("Session-Expires")
    peer.answer(again, 200, sdp=ANSWER, headers=(("Session-Expires", "400;refresher=uac"),))
    world.run(190)
    assert again.cseq.number == peer.requests(method)[-1].cseq.number


@pytest.mark.parametrize("method, number", [("INVITE", 20), ("UPDATE", 21)])
def test_a_change_with_an_interval_too_short_for_us_is_422(method: str, number: int) -> None:
    world, peer, _ = up(THEIRS, timer=Policy(interval_s_min=120))
    extra = "Supported: timer\r\nSession-Expires: 100\r\n"
    peer.ask(method, peer.requests("INVITE")[0], number, OTHER, extra=extra)
    world.run(0.1)
    assert (422, "120") == (peer.answers()[-1], peer.got[-1].headers.get("Min-SE"))
    assert [] == world.caller.heard.words


def test_a_new_call_with_an_interval_too_short_for_us_is_422() -> None:
    world = World()
    world.caller.call(world.called, policy=LegPolicy(timer=Policy(interval_s=60)))
    world.run(1)
    assert 2 == world.ladder().count("1> INVITE")
    assert "answered answer" == world.caller.heard.words[-1]
    assert ["2> 422 INVITE"] == [word for word in world.ladder() if "422" in word]


def test_a_lost_refresh_is_repeated() -> None:
    world = connected(lost=losing("2> UPDATE", "2> UPDATE", "1> 200 UPDATE"))
    world.run(4000)
    assert ([], []) == (world.caller.heard.words, world.called.heard.words)


@pytest.mark.parametrize("method", ["UPDATE", "INVITE"])
def test_who_becomes_another_one_before_a_refresh_is_answered_is_told_in_the_next(method: str) -> None:
    world, peer, call = up(*([ALLOW] if method == "UPDATE" else []))
    before = len(peer.requests(method))
    for number in (1, 2, 3):
        call.identify((("P-Asserted-Identity", f"<sip:{number}@x>"),))
        world.run(0.1)
    (first,) = peer.requests(method)[before:]
    peer.answer(first, 200, sdp=ANSWER if method == "INVITE" else b"")
    world.run(0.1)
    told = [request.headers.get("P-Asserted-Identity") for request in peer.requests(method)[before:]]
    assert ["<sip:1@x>", "<sip:3@x>"] == told
    peer.answer(peer.requests(method)[-1], 200, sdp=ANSWER if method == "INVITE" else b"")
    world.run(3)
    assert before + 2 == len(peer.requests(method))


def test_a_refresh_beside_a_change_takes_nothing_of_it_back() -> None:
    """A phone without UPDATE that is told whom it talks with while its media changes, as after a transfer."""
    world, peer, call = up()
    call.reinvite(OTHER)
    call.identify((("P-Asserted-Identity", "<sip:1@x>"),))
    world.run(0.1)
    for _ in range(2):
        peer.answer(peer.requests("INVITE")[-1], 200, sdp=ANSWER)
        world.run(0.1)
    sent = [(request.body, request.headers.get("P-Asserted-Identity")) for request in peer.requests("INVITE")[1:]]
    assert [(OTHER, None), (OTHER, "<sip:1@x>")] == sent


def test_a_refresh_beside_a_change_of_theirs_offers_what_was_agreed() -> None:
    world, peer, call = up()
    world.caller.heard._then = lambda session, word: None
    (invite,) = peer.requests("INVITE")
    peer.ask("INVITE", invite, 7, OTHER)
    world.run(0.1)
    call.identify((("P-Asserted-Identity", "<sip:1@x>"),))
    call.answer_offer(OTHER)
    world.run(0.1)
    peer.ask("ACK", invite, 7)
    world.run(0.1)
    again = peer.requests("INVITE")[-1]
    assert (OTHER, "<sip:1@x>") == (again.body, again.headers.get("P-Asserted-Identity"))
