"""The live feed: order, isolation of tenants, gaps of what is pushed."""

from __future__ import annotations

import json

from configdb.event_log import Kept, Span
from mgmt.limits import feed_event_bytes_max
from mgmt.stream.feed import Feed, event_frame, view_frame


class Ear:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.heard: list[object] = []

    def happened(self, kept: Kept) -> None:
        self.heard.append(kept.sequence)

    def seen(self, kind: str, frame: bytes) -> None:
        self.heard.append((kind, json.loads(frame.split(b"data: ")[1])))

    def catch_up(self) -> None:
        self.heard.append("catch up")


def kept(sequence: int, tenant: str = "riverside") -> Kept:
    event = {"id": f"e{sequence}", "type": "call.ended", "tenant": tenant, "at": 1.5, "call": "c1", "node": "spool"}
    return Kept(sequence, tenant, {**event, "data": {"call": {"ended_at": 1.5, "where": "two\nlines"}}})


def test_a_listener_hears_its_tenant_in_order_and_nobody_elses() -> None:
    feed, ear = Feed(), Ear()
    feed.attach("riverside", ear)
    feed.publish("riverside", "call", {"id": "c1"})
    feed.publish("lakeside", "call", {"id": "c2"})
    feed.last = 0
    feed.happened(kept(1))
    feed.happened(kept(2, "lakeside"))
    feed.happened(kept(3))
    assert [("call", {"id": "c1"}), 1, 3] == ear.heard


def test_an_event_leaves_in_its_envelope_and_newlines_cannot_break_a_frame() -> None:
    expected = (
        b'id: 7\nevent: call.ended\ndata: {"id":"e7","type":"call.ended","timestamp":"1970-01-01T00:00:01.500Z",'
        b'"tenant":"riverside","call":"c1","data":{"call":{"ended_at":"1970-01-01T00:00:01.500Z","where":"two\\nlines"}}}\n\n'
    )
    assert expected == event_frame(kept(7))


def test_a_view_has_no_id_so_that_a_cursor_stays_one_of_the_log() -> None:
    assert b'event: call\ndata: {"started_at":"1970-01-01T00:00:01.500Z"}\n\n' == view_frame(
        "call", {"started_at": 1.5}
    )
    assert view_frame("call", {"x": "y" * feed_event_bytes_max}) is None


def test_a_gap_in_what_is_pushed_makes_everybody_read_and_what_comes_twice_is_told_once() -> None:
    feed, ears = Feed(), (Ear(), Ear())
    for tenant, ear in zip(("riverside", "lakeside"), ears, strict=True):
        feed.attach(tenant, ear)
    feed.last = 4
    for sequence in (5, 5, 6, 8):
        feed.happened(kept(sequence))
    assert [[5, 6, "catch up"], ["catch up"]] == [ear.heard for ear in ears]


def test_what_no_push_told_is_found_by_looking() -> None:
    feed, ear = Feed(), Ear()
    feed.attach("riverside", ear)
    feed.happened(kept(5))
    for last in (5, 6, 6):
        feed.reached(Span(1, last))
    assert ["catch up"] * 2 == ear.heard


def test_a_listener_that_left_hears_nothing() -> None:
    feed, ear = Feed(), Ear()
    feed.attach("riverside", ear)
    feed.detach("riverside", ear)
    feed.detach("riverside", ear)
    feed.publish("riverside", "call", {"id": "c1"})
    feed.happened(kept(1))
    assert [] == ear.heard


def test_news_for_all_reach_every_tenant_somebody_listens_to() -> None:
    feed, ears = Feed(), [Ear(), Ear()]
    for tenant, ear in zip(("riverside", "lakeside"), ears, strict=True):
        feed.attach(tenant, ear)
    feed.publish_to_all("status", {"switch": False})
    assert [[("status", {"switch": False})]] * 2 == [ear.heard for ear in ears]
