"""INFO requests of ours: in order, one at a time, and harmless where they are not known."""

from __future__ import annotations

from tests.softswitch.transport.harness import ANSWER
from tests.softswitch.transport.test_outgoing import Scripted


def test_each_waits_for_the_answer_to_the_one_before() -> None:
    world = Scripted()
    world.call.inform("application/dtmf-relay", b"Signal=0")  # nobody answered yet: it waits
    world.peer.answer(world.invite, 200, sdp=ANSWER)
    world.run(0.1)
    for digit in b"123":
        world.call.inform("application/dtmf-relay", b"Signal=%c" % digit)
    world.run(0.1)
    (first,) = world.peer.requests("INFO")
    assert ("application/dtmf-relay", b"Signal=0") == (first.headers.get("Content-Type"), first.body)
    world.peer.answer(first, 415)
    world.run(0.1)
    second = world.peer.requests("INFO")[-1]
    assert b"Signal=1" == second.body
    world.peer.answer(second, 200)
    world.run(0.1)
    assert [b"Signal=0", b"Signal=1", b"Signal=2"] == [request.body for request in world.peer.requests("INFO")]


def test_after_the_end_nothing_is_sent() -> None:
    world = Scripted()
    world.peer.answer(world.invite, 200, sdp=ANSWER)
    world.run(0.1)
    world.call.bye()
    world.call.inform("application/dtmf-relay", b"Signal=1")
    world.run(0.1)
    assert [] == world.peer.requests("INFO")
