"""The live feed: order, isolation of tenants, replay and its limits."""

from __future__ import annotations

import json

from mgmt.feed import Feed, FeedEvent
from mgmt.limits import feed_event_bytes_max, feed_ring_events_max


class Ear:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.heard: list[FeedEvent] = []

    def deliver(self, event: FeedEvent) -> None:
        self.heard.append(event)


def data_of(events: list[FeedEvent] | tuple[FeedEvent, ...]) -> list[object]:
    return [json.loads(event.data) for event in events]


def test_a_listener_hears_its_tenant_in_order_and_nobody_elses() -> None:
    feed, ear = Feed(1000), Ear()
    feed.attach("riverside", ear, None)
    feed.publish("riverside", "call", {"id": "c1"})
    feed.publish("lakeside", "call", {"id": "c2"})
    feed.publish("riverside", "activity", {"id": "a1"})
    assert [{"id": "c1"}, {"id": "a1"}] == data_of(ear.heard)
    assert ["call", "activity"] == [event.kind for event in ear.heard]
    assert sorted(event.id for event in ear.heard) == [event.id for event in ear.heard]


def test_stamps_leave_as_rfc_3339_and_newlines_cannot_break_a_frame() -> None:
    feed, ear = Feed(0), Ear()
    feed.attach("riverside", ear, None)
    feed.publish("riverside", "call", {"started_at": 1.5, "where": "two\nlines"})
    frame = ear.heard[0].frame()
    assert b'id: 1\nevent: call\ndata: {"started_at":"1970-01-01T00:00:01.500Z","where":"two\\nlines"}\n\n' == frame


def test_who_returns_gets_what_was_missed() -> None:
    feed = Feed(1000)
    feed.attach("riverside", Ear(), None)
    for number in range(5):
        feed.publish("riverside", "call", {"n": number})
    replay = feed.attach("riverside", Ear(), 1003)
    assert ([{"n": 3}, {"n": 4}], True) == (data_of(replay.events), replay.complete)


def test_who_missed_more_than_the_ring_holds_is_told() -> None:
    feed = Feed(1000)
    feed.attach("riverside", Ear(), None)
    for number in range(feed_ring_events_max + 10):
        feed.publish("riverside", "call", {"n": number})
    early, late = feed.attach("riverside", Ear(), 1001), feed.attach("riverside", Ear(), 1010)
    assert (feed_ring_events_max, False) == (len(early.events), early.complete)
    assert (feed_ring_events_max, True) == (len(late.events), late.complete)


def test_an_id_from_before_a_restart_or_from_nowhere_is_told() -> None:
    feed = Feed(5000)
    feed.attach("riverside", Ear(), None)
    assert [False, False] == [feed.attach("riverside", Ear(), after).complete for after in (4999, 6000)]


def test_too_big_an_event_is_dropped_and_a_listener_that_left_hears_nothing() -> None:
    feed, ear = Feed(0), Ear()
    feed.attach("riverside", ear, None)
    feed.publish("riverside", "call", {"x": "y" * feed_event_bytes_max})
    feed.detach("riverside", ear)
    feed.detach("riverside", ear)
    feed.publish("riverside", "call", {"id": "c1"})
    assert [] == ear.heard


def test_news_for_all_reach_every_tenant_somebody_listens_to() -> None:
    feed, ears = Feed(0), [Ear(), Ear()]
    for tenant, ear in zip(("riverside", "lakeside"), ears, strict=True):
        feed.attach(tenant, ear, None)
    feed.publish_to_all("status", {"switch": False})
    assert [[{"switch": False}]] * 2 == [data_of(ear.heard) for ear in ears]
