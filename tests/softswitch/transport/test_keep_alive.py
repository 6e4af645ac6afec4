"""Our keep-alives on virtual time: when they go out, and when a flow is given up (RFC 5626 4.4)."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from softswitch.transport.flows import OnPong
from softswitch.transport.keep_alive import KeepAlive
from softswitch.transport.limits import PONG_S_MAX


class Way:
    """A flow that keeps the questions."""

    alive = True
    asked_at: list[float]

    def __init__(self, clock: Clock, reliable: bool) -> None:
        self._clock, self.reliable = clock, reliable
        self.asked_at, self.pongs = [], list[OnPong]()

    def ping(self, on_pong: OnPong) -> None:
        self.asked_at.append(self._clock.seconds())
        self.pongs.append(on_pong)


class Kept:
    """One flow kept alive every 100 s at most."""

    def __init__(self, reliable: bool = True) -> None:
        self.clock = Clock()
        self.way = Way(self.clock, reliable)
        self.failed: list[float] = []
        flow: object = self.way
        self.keeper = KeepAlive(
            self.clock,
            flow,
            100,
            lambda: 0.5,
            lambda _: self.failed.append(self.clock.seconds()),  # type: ignore[arg-type]  # as much of a flow as is used
        )

    def run(self, seconds: float) -> None:
        for _ in range(int(seconds * 10)):
            self.clock.advance(0.1)


def test_pings_go_out_again_and_again_while_they_are_answered() -> None:
    kept = Kept()
    for _ in range(3):
        kept.run(91)
        kept.way.pongs[-1]("")
    assert ([90, 181, 272], []) == ([round(at) for at in kept.way.asked_at], kept.failed)


@pytest.mark.parametrize("reliable, asked", [(True, 1), (False, 3)])
def test_a_flow_that_does_not_answer_is_given_up_once(reliable: bool, asked: int) -> None:
    kept = Kept(reliable)
    kept.run(300)
    assert (asked, [round(90 + PONG_S_MAX)]) == (len(kept.way.asked_at), [round(at) for at in kept.failed])
    assert [] == kept.clock.getDelayedCalls()


def test_a_lost_ping_over_udp_is_sent_again() -> None:
    kept = Kept(reliable=False)
    kept.run(95)
    assert 2 == len(kept.way.asked_at)
    kept.way.pongs[1]("192.0.2.1:5060")
    kept.way.pongs[0]("192.0.2.1:5060")
    kept.run(30)
    assert ([], 2) == (kept.failed, len(kept.way.asked_at))


def test_another_address_of_ours_ends_the_flow() -> None:
    kept = Kept(reliable=False)
    kept.run(91)
    kept.way.pongs[-1]("192.0.2.1:5060")
    kept.run(91)
    kept.way.pongs[-1]("192.0.2.1:6060")
    assert 1 == len(kept.failed)


def test_a_closed_flow_is_given_up_without_a_ping() -> None:
    kept = Kept()
    kept.way.alive = False
    kept.run(91)
    assert (1, []) == (len(kept.failed), kept.way.asked_at)


def test_nothing_happens_after_the_end() -> None:
    kept = Kept()
    kept.run(91)
    kept.keeper.stop()
    kept.way.pongs[-1]("")
    kept.run(200)
    assert ([], 1) == (kept.failed, len(kept.way.asked_at))
