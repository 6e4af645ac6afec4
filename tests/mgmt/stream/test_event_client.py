"""One open stream over an event log: nothing twice, nothing left out, whatever its connection does."""

from __future__ import annotations

import random
import re
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred

from configdb.event_log import EventsAway, Kept, Span
from configdb.event_log_memory import MemoryEventLog
from mgmt.limits import feed_page_events, feed_queue_events_max
from mgmt.stream.event_client import END, RESET, EventClient, State
from mgmt.stream.feed import Feed, view_frame


class Connection:
    """The request of a stream."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.transport = self
        self.aborted = self.finished = False

    def registerProducer(self, _producer: object, _streaming: bool) -> None:
        """It writes when it may."""

    def write(self, chunk: bytes) -> None:
        self.written.append(chunk)

    def unregisterProducer(self) -> None:
        """It writes no more."""

    def finish(self) -> None:
        self.finished = True

    def abortConnection(self) -> None:
        self.aborted = True

    @property
    def ids(self) -> list[int]:
        return [int(found[1]) for chunk in self.written if (found := re.match(rb"id: (\d+)", chunk))]


class Scoped:
    tenant = "riverside"


class Stream:
    """A client over a log, whose reads are answered when the test says so."""

    def __init__(self, types: tuple[str, ...] = ("*",), views: bool = True) -> None:
        self.log, self.feed, self.connection = MemoryEventLog(), Feed(), Connection()
        self.log.follow(self.feed.happened)
        self.feed.last = 0
        self.asked: list[tuple[Deferred[list[Kept]], tuple[str, int, int]]] = []
        self.lost: list[int] = []
        self.client = EventClient(
            cast(Any, self.connection), cast(Any, Scoped()), types, views, self.read, lambda: self.lost.append(1)
        )

    def begin(self, after: int | None, span: Span | None = None, away: bool = False) -> None:
        self.feed.attach("riverside", self.client)
        self.client.begin(after, None if away else span or self.log.span())

    def read(self, tenant: str, after: int, limit: int) -> Deferred[list[Kept]]:
        answer: Deferred[list[Kept]] = Deferred()
        self.asked.append((answer, (tenant, after, limit)))
        return answer

    def answer(self) -> None:
        while self.asked:
            answer, question = self.asked.pop(0)
            try:
                answer.callback(self.log.read(*question))
            except EventsAway as away:
                answer.errback(away)

    def happens(self, count: int = 1, tenant: str = "riverside", type: str = "call.ended") -> None:
        for _ in range(count):
            id = f"e{self.log.span().last}"
            self.log.append(tenant, {"id": id, "tenant": tenant, "type": type, "at": 1.0, "data": {}})


def test_who_comes_without_a_cursor_hears_what_happens_from_now_on() -> None:
    stream = Stream()
    stream.happens(3)
    stream.begin(None)
    stream.answer()
    stream.happens(2)
    stream.happens(1, "lakeside")
    assert [4, 5] == stream.connection.ids


def test_who_returns_gets_what_was_missed_page_by_page_and_then_what_happens() -> None:
    stream = Stream()
    stream.happens(2 * feed_page_events + 10)
    stream.begin(5)
    stream.happens(1)  # while the first page is read
    stream.answer()
    stream.happens(1)
    assert list(range(6, 2 * feed_page_events + 13)) == stream.connection.ids
    assert State.CURRENT is stream.client.state


@pytest.mark.parametrize(("after", "told"), [(9, True), (10, False), (15, False), (16, True), (10**17, True)])
def test_a_cursor_that_the_log_does_not_reach_is_told(after: int, told: bool) -> None:
    stream = Stream()
    stream.happens(15)
    stream.log.forget(10)
    stream.begin(after)
    stream.answer()
    assert told is (RESET in stream.connection.written)
    assert ([] if told else list(range(after + 1, 16))) == stream.connection.ids


def test_only_the_wanted_types_are_told() -> None:
    stream = Stream(types=("call.*", "voicemail.created"), views=False)
    stream.begin(None)
    stream.answer()
    for type in ("call.started", "config.changed", "voicemail.created", "callx"):
        stream.happens(type=type)
    stream.feed.publish("riverside", "call", {})
    assert [1, 3] == stream.connection.ids


def test_a_full_connection_costs_a_bounded_number_of_views_and_no_event() -> None:
    stream = Stream()
    stream.begin(None)
    stream.answer()
    stream.client.pauseProducing()
    stream.happens(500)
    for _ in range(feed_queue_events_max + 5):
        stream.feed.publish("riverside", "call", {"n": 1})
    assert ([], 5) == (stream.connection.written, len(stream.lost))
    stream.client.resumeProducing()
    stream.answer()
    views = stream.connection.written.count(cast(bytes, view_frame("call", {"n": 1})))
    assert (list(range(1, 501)), feed_queue_events_max) == (stream.connection.ids, views)


def test_a_log_that_is_away_is_read_when_it_is_back() -> None:
    stream = Stream()
    stream.happens(3)
    stream.log.away = True
    stream.begin(1, away=True)
    stream.answer()
    assert State.BEHIND is stream.client.state
    stream.log.away = False
    stream.feed.reached(Span(1, 4))
    stream.answer()
    assert [2, 3] == stream.connection.ids


def test_a_stream_that_ended_writes_nothing() -> None:
    stream = Stream()
    stream.begin(None)
    stream.client.abort()
    stream.answer()
    stream.happens(1)
    assert ([], True) == (stream.connection.ids, stream.connection.aborted)


def test_who_may_not_stay_is_told_so_in_a_complete_answer() -> None:
    stream = Stream()
    stream.begin(None)
    stream.client.finish(END)
    stream.happens(1)
    assert (END, True, False) == (stream.connection.written[-1], stream.connection.finished, stream.connection.aborted)
    assert [] == stream.connection.ids


def test_a_full_connection_that_has_to_end_is_cut_off() -> None:
    stream = Stream()
    stream.begin(None)
    stream.client.pauseProducing()
    stream.client.finish(END)
    assert (False, True) == (stream.connection.finished, stream.connection.aborted)


@pytest.mark.parametrize("seed", range(30))
def test_whatever_the_connection_does_each_event_is_told_once_and_in_order(seed: int) -> None:
    chance, stream = random.Random(seed), Stream()
    stream.begin(None)
    pushed = stream.feed.happened
    stream.log._followers[:] = [lambda kept: pushed(kept) if chance.random() < 0.7 else None]
    for _ in range(300):
        match chance.randrange(7):
            case 0:
                stream.client.pauseProducing()
            case 1:
                stream.client.resumeProducing()
            case 2:
                stream.answer()
            case 3:
                stream.feed.reached(stream.log.span())
            case 4:
                stream.happens(chance.randrange(3), "lakeside")
            case _:
                stream.happens(chance.randrange(3))
    stream.client.resumeProducing()
    stream.happens(1)
    stream.feed.last = None
    stream.feed.reached(stream.log.span())
    stream.answer()
    assert [one.sequence for one in stream.log.read("riverside", 0, 10_000)] == stream.connection.ids
