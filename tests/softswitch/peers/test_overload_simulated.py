"""A node under overload on virtual time: how many calls it serves well, and how soon it tells everybody else."""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from twisted.internet.task import Clock

from softswitch.adapters.strain import StrainGauge
from softswitch.peers.overload import State
from softswitch.sip.glance import Kind
from softswitch.transport.limits import READ_S_MAX

CAPACITY = 150.0
"""Calls a second that fill the node's time; of it R is what it serves without a refusal (it sheds from 95 % on)."""

R = 0.84 * CAPACITY
CALL_S, REFUSAL_S = 1 / CAPACITY, 0.01 / CAPACITY
"""A refusal costs a hundredth of a call (docs/operator.md)."""

INVITE, MEDIA, BYE = 0.4, 0.3, 0.3
"""What part of a call's work is done when."""

MEDIA_S, TALK_S, IDLE_S, GOOD_S_MAX = 0.005, 0.5, 0.002, 2.0


@dataclass(order=True)
class Message:
    """A datagram: an INVITE, or the BYE of the call that came then."""

    at: float
    began: float = field(compare=False)
    is_bye: bool = field(compare=False, default=False)


class Node:
    """One thread: reads its socket in order for READ_S_MAX, does what is due, looks at the clock. stall(now): is kept from it."""

    def __init__(self, stall: Callable[[float], float] = lambda _: 0.0) -> None:
        self.clock, self.chance = Clock(), random.Random(1)
        self.gauge = StrainGauge(self.clock, self.chance.random, lambda: self.worked_s)
        self.stall, self.worked_s, self.now = stall, 0.0, 0.0
        self.coming, self.socket, self.media = list[Message](), deque[Message](), list[tuple[float, float]]()
        self.next_call = 0.0
        self.told, self.good, self.refused = list[tuple[float, float]](), list[float](), list[float]()
        self.gauge.start()

    def run(self, seconds: float, offered: Callable[[float], float]) -> None:
        """So many calls a second are offered, each when it likes."""
        while self.now < seconds:
            self.clock.advance(self.now - self.clock.seconds())
            before = self.now
            self._media()
            self._arrive(offered)
            self._read()
            self.worked_s += self.now - before
            self.now += self.stall(self.now) + (IDLE_S if self.now == before else 0.0)

    def _arrive(self, offered: Callable[[float], float]) -> None:
        while self.next_call <= self.now:
            heapq.heappush(self.coming, Message(self.next_call, self.next_call))
            self.next_call += self.chance.expovariate(offered(self.next_call))
        while self.coming and self.coming[0].at <= self.now:
            self.socket.append(heapq.heappop(self.coming))

    def _media(self) -> None:
        """The media of a call is there: it is answered, and its caller hangs up after a while."""
        while self.media and self.media[0][0] <= self.now:
            _, began = heapq.heappop(self.media)
            self._work(MEDIA * CALL_S)
            self._tell(began)
            if self.now - began < GOOD_S_MAX:
                self.good.append(began)
            heapq.heappush(self.coming, Message(self.now + TALK_S, began, is_bye=True))

    def _read(self) -> None:
        until = self.now + READ_S_MAX
        while self.socket and self.now < until:
            message = self.socket.popleft()
            waited_s = self.now - message.at
            self.gauge.waited(waited_s)
            if message.is_bye:
                self._work(BYE * CALL_S)
            elif self.gauge.sheds(Kind.INVITE, "carrier", waited_s):
                self._work(REFUSAL_S)
                self.refused.append(message.began)
                self._tell(message.began)
            else:
                self._work(INVITE * CALL_S)
                heapq.heappush(self.media, (self.now + MEDIA_S, message.began))

    def _work(self, seconds: float) -> None:
        self.now += seconds

    def _tell(self, began: float) -> None:
        self.told.append((began, self.now - began))

    def goodput(self, since: float, until: float) -> float:
        """Of R: calls of that time that were served well."""
        return sum(since <= began < until for began in self.good) / (until - since) / R

    def told_s(self, part: float) -> float:
        """How soon that part of all was told 200 or 503."""
        times = sorted(seconds for _, seconds in self.told)
        return times[int(part * len(times))]


@pytest.mark.parametrize(("times", "least"), [(1, 0.95), (2, 0.9), (5, 0.8), (10, 0.7)])
def test_an_overloaded_node_serves_nearly_what_it_can_and_tells_all_others_soon(times: float, least: float) -> None:
    node = Node()
    node.run(22, lambda _: times * R)
    assert least <= node.goodput(0, 20)
    assert node.told_s(0.95) < 0.5
    assert times > 1 or not node.refused


@pytest.mark.parametrize(("times", "least"), [(2, 0.75), (10, 0.55)])
def test_so_does_one_that_is_kept_from_a_sixth_of_its_time_by_others(times: float, least: float) -> None:
    node = Node(lambda now: 0.15 if now % 0.9 < 0.012 else 0.0)
    node.run(22, lambda _: times * R)
    assert least <= node.goodput(0, 20)
    assert node.told_s(0.95) < 0.5


def others(part: float, mean_s: float = 0.1) -> Callable[[float], float]:
    """Others take that part of the processor, for so long at a time in the mean."""
    chance, free_at = random.Random(2), 0.0

    def stall(now: float) -> float:
        nonlocal free_at
        taken_s = chance.expovariate(1 / mean_s) if now >= free_at else 0.0
        free_at = now + taken_s / part if taken_s else free_at
        return taken_s

    return stall


@pytest.mark.parametrize("part", [0.2, 0.3, 0.5])
@pytest.mark.parametrize("times", [2, 5, 10])
def test_under_the_worst_neighbours_it_serves_what_they_leave_and_forgets_the_overload(
    times: float, part: float
) -> None:
    node, again = Node(others(part)), Node(others(part))
    node.run(22, lambda _: times * R)
    assert 0.85 <= node.goodput(0, 20) / (1 - part)
    assert node.told_s(0.95) < 0.5
    again.run(20, lambda now: times * R if now < 8 else R / 2 * (1 - part))
    assert [] == [began for began in again.refused if began > 12]


def test_a_node_that_stumbled_serves_all_who_waited() -> None:
    node = Node(lambda now: 0.3 if 4.99 < now < 5.01 else 0.0)
    node.run(12, lambda _: 0.5 * R)
    assert ([], State.CALM) == (node.refused, node.gauge.state)
    assert 0.25 < node.told_s(1 - 1e-9)


def test_an_overload_is_forgotten_soon_after_it_was_over() -> None:
    node = Node()
    node.run(20, lambda now: 10 * R if 5 < now < 10 else R / 2)
    assert [] == [began for began in node.refused if not 5 < began < 11.5]
    assert State.CALM is node.gauge.state
