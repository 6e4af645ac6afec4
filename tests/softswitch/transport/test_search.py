"""Legs of an earlier run whose connection died with it: what they are offered waits until their far end is there again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from softswitch.transport.flows import Unsendable
from softswitch.transport.limits import LOST_FLOW_S, WAY_BACK_S
from softswitch.transport.policy import LegPolicy
from softswitch.transport.resumed import GoneFlow, ResumedSession, read, written
from tests.softswitch.transport.harness import ANSWER, OTHER, Heard, Peer, World

(PATIENCE_S,) = WAY_BACK_S
TIMER_F_S = 32
GONE = GoneFlow("tls:10.0.0.3:40000#1", "10.0.0.3", 40000, "tls")


def resumed(world: World, row: dict[str, Any], heard: Heard) -> ResumedSession:
    """The leg in another run, with something to offer to a far end that is not there yet."""
    session = ResumedSession(world.caller.agent, "l1", read(row), LegPolicy(), ANSWER, GONE, None)
    session.listener = heard
    session.reinvite(OTHER)
    return session


def written_down(world: World, peer: Peer) -> dict[str, Any]:
    """An answered call, which the process then forgets."""
    call = world.caller.call(peer)  # type: ignore[arg-type]  # has a host, as a Node
    world.run(0.1)
    peer.answer(peer.requests("INVITE")[0], 200, sdp=ANSWER)
    world.run(0.1)
    assert call.dialog is not None
    row = written(call, call.dialog)
    call.leave()
    return row


@pytest.fixture
def lost() -> tuple[World, Peer, ResumedSession, Heard]:
    """A call that was answered, goes on in another run, and has something to offer to a far end that is not there yet."""
    world, heard = World(), Heard()
    peer = Peer(world.network, "10.0.0.3")
    session = resumed(world, written_down(world, peer), heard)
    world.run(PATIENCE_S - 1)
    assert ([], 1) == (heard.words, len(peer.requests("INVITE")))
    return world, peer, session, heard


def offered(world: World, peer: Peer) -> bool:
    """Whether the offer that waited comes to the far end."""
    world.run(0.1)
    return peer.requests("INVITE")[-1].body == OTHER


def answer_last(peer: Peer, status: int) -> None:
    peer.answer(peer.got[-1], status)  # type: ignore[arg-type]  # it was asked


Lost = tuple[World, Peer, ResumedSession, Heard]


def test_its_phone_is_there_on_another_connection(lost: Lost) -> None:
    world, peer, session, heard = lost
    session.search.found(session, world.caller.paths.flow(peer.host, 5060, "udp"))
    assert offered(world, peer)
    peer.answer(peer.requests("INVITE")[-1], 200, sdp=ANSWER)
    world.run(PATIENCE_S)
    assert ["reinvite answered answer"] == heard.words


def test_it_asks_for_something_over_another_connection(lost: Lost) -> None:
    world, peer, _, _ = lost
    peer.ask("OPTIONS", peer.requests("INVITE")[0], 2)
    assert offered(world, peer)


def test_it_is_asked_for_when_it_did_not_come_and_answers(lost: Lost) -> None:
    world, peer, _, _ = lost
    world.run(1.1)
    assert 1 == len(peer.requests("OPTIONS"))
    answer_last(peer, 200)
    assert offered(world, peer)


@pytest.mark.parametrize("act", [lambda peer: answer_last(peer, 481), lambda peer: None], ids=["481", "silence"])
def test_it_knows_nothing_of_the_call_or_says_nothing_when_it_is_asked_for(
    lost: Lost, act: Callable[[Peer], None]
) -> None:
    world, peer, session, heard = lost
    world.run(1.1)
    act(peer)
    world.run(40)
    assert (["ended"], False) == ([word.split()[0] for word in heard.words], session.up)
    assert 1 == len(peer.requests("INVITE"))


@pytest.mark.parametrize("comes", [True, False], ids=["comes", "does not"])
def test_who_says_nothing_at_first_may_come_back_within_a_minute(lost: Lost, comes: bool) -> None:
    world, peer, session, heard = lost
    first_s, then_s = LOST_FLOW_S
    session.search.begin(session)
    world.run(first_s + TIMER_F_S + 1)
    asked = {request.cseq.number for request in peer.requests("OPTIONS")}
    assert (1, [], True) == (len(asked), heard.words, session.up)
    if comes:
        session.search.found(session, world.caller.paths.flow(peer.host, 5060, "udp"))
        assert offered(world, peer)
        return
    world.run(then_s)
    asked = {request.cseq.number for request in peer.requests("OPTIONS")}
    assert (2, True) == (len(asked), session.up)
    world.run(TIMER_F_S + 1)
    assert (["ended"], False) == ([word.split()[0] for word in heard.words], session.up)


def test_a_browser_that_does_not_come_back_cannot_be_asked_for() -> None:
    world, heard = World(), Heard()
    row = written_down(world, peer := Peer(world.network, "10.0.0.3"))
    *others, target, routes = row["dialog"]
    row["dialog"] = [*others, str(target).replace(peer.host, "abcdef.invalid"), routes]
    session = resumed(world, row, heard)
    world.run(PATIENCE_S + 1)
    assert (["ended"], False, []) == ([word.split()[0] for word in heard.words], session.up, peer.requests("OPTIONS"))


def test_who_came_back_once_is_not_looked_for_and_keeps_its_way(lost: Lost) -> None:
    world, peer, session, _ = lost
    first = world.caller.paths.flow(peer.host, 5060, "udp")
    session.search.found(session, first)
    session.search.found(session, world.caller.paths.flow("10.0.0.2", 5060, "udp"))
    assert first == session.flow
    world.run(2 * PATIENCE_S)
    assert [] == peer.requests("OPTIONS")


def test_a_connection_that_is_gone_carries_nothing() -> None:
    assert (False, True, True) == (GONE.alive, GONE.secure, GONE.reliable)
    with pytest.raises(Unsendable):
        GONE.send(b"")
    GONE.ping(lambda address: pytest.fail("nobody is there"))
    GONE.expect(1.0)
    GONE.alias(5061)
