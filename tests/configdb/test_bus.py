"""What every bus must do, on the twin and on a real nats-server."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from configdb.bus import Bus, checked, matches
from configdb.bus_nats import NatsBus
from configdb.delivery import Delivery
from tests.configdb.conftest import Server, eventually

Buses = tuple[Bus, Bus]


def heard(bus: Bus, pattern: str) -> list[tuple[str, dict[str, Any]]]:
    """What a subscriber hears."""
    found: list[tuple[str, dict[str, Any]]] = []
    bus.subscribe(pattern, lambda subject, document: found.append((subject, document)))
    return found


def until_heard(buses: Buses, pattern: str, subject: str, found: list[Any]) -> None:
    """Publish until the subscription is up."""
    probe = pattern.replace("*", "probe").replace(">", "probe")
    eventually(lambda: bool(buses[0].publish(probe, {}) and found))
    del found[:]


def test_a_subscriber_hears_what_falls_under_its_pattern_in_order(buses: Buses) -> None:
    found = heard(buses[1], "events.*.call")
    until_heard(buses, "events.*.call", "call", found)
    for index in range(5):
        buses[0].publish("events.acme.call", {"index": index})
        buses[0].publish("events.acme.activity", {"index": index})
    eventually(lambda: len([one for one in found if one[1]]) == 5)
    assert [("events.acme.call", {"index": index}) for index in range(5)] == [one for one in found if one[1]]


def test_a_closed_subscription_hears_nothing(buses: Buses) -> None:
    found: list[str] = []
    held = buses[1].subscribe("events.acme.>", lambda subject, _: found.append(subject))
    eventually(lambda: buses[0].publish("events.acme.probe", {}) and bool(found))
    held.close()
    count = len(found)
    other = heard(buses[1], "events.acme.>")
    eventually(lambda: buses[0].publish("events.acme.call", {}) and bool(other))
    assert count == len(found)


def test_a_subscriber_hears_what_it_wants_at_the_time(buses: Buses) -> None:
    found: list[str] = []
    held = buses[1].subscribe(None, lambda subject, _: found.append(subject))
    for tenant in ("acme", "acme", "other"):
        held.hear(f"events.{tenant}.*")
    for tenant in ("acme", "other"):
        eventually(
            lambda tenant=tenant: buses[0].publish(f"events.{tenant}.probe", {}) and f"events.{tenant}.probe" in found
        )  # type: ignore[misc]  # bound now
    held.unhear("events.acme.*")
    held.unhear("events.nobody.*")
    quiet = heard(buses[1], "events.acme.*")
    until_heard(buses, "events.acme.*", "call", quiet)
    del found[:]
    buses[0].publish("events.acme.call", {})
    buses[0].publish("events.other.call", {})
    eventually(lambda: "events.other.call" in found)
    assert ["events.other.call"] == found
    held.close()


def test_what_is_wanted_no_more_while_the_server_is_away_does_not_come_when_it_is_back(own_nats: Server) -> None:
    links = own_nats.link(), own_nats.link()
    for link in links:
        link.require(5)
    tells, hears = map(NatsBus, links)
    found: list[str] = []
    held = hears.subscribe("events.acme.*", lambda subject, _: found.append(subject))
    eventually(lambda: tells.publish("events.acme.probe", {}) and bool(found))
    own_nats.kill()
    eventually(lambda: not any(link.connected for link in links))
    held.unhear("events.acme.*")
    held.hear("events.other.*")
    own_nats.start()
    eventually(lambda: tells.publish("events.other.probe", {}) and "events.other.probe" in found)
    del found[:]
    for subject in ("events.acme.call", "events.other.call"):
        tells.publish(subject, {})
    eventually(lambda: "events.other.call" in found)
    assert "events.acme.call" not in found
    hears.close()


@pytest.mark.parametrize("subject", ["", "a b", "a..b", "a.*", "a.>", "a.b\r\nPUB x 0"])
def test_what_is_no_subject_is_refused(buses: Buses, subject: str) -> None:
    with pytest.raises(ValueError, match="subject"):
        buses[0].publish(subject, {})


def test_a_document_that_is_too_large_is_refused(buses: Buses) -> None:
    with pytest.raises(ValueError, match="bytes"):
        buses[0].publish("a.b", {"text": "x" * 300_000})


def test_news_that_are_too_long_are_told_in_short(buses: Buses) -> None:
    found: list[dict[str, Any]] = []
    heard = buses[1].subscribe("events.acme.activity", lambda _, document: found.append(document))
    activity = {"kind": "voicemail", "text": "x" * 1000, "words": [{"word": "x" * 60}] * 5_000, "cause": {"a": 1}}
    eventually(lambda: bool(buses[0].publish("events.acme.activity", activity) and found))
    short = {"kind": "voicemail", "text": "x" * 200, "words": [], "cause": {}}
    assert short == {name: found[0][name] for name in activity}
    assert found[0]["too_long_bytes"] > 300_000
    heard.close()


def test_a_subscriber_that_fails_at_one_document_hears_the_next(buses: Buses, caplog: pytest.LogCaptureFixture) -> None:
    found: list[int] = []

    def fail_once(_subject: str, document: dict[str, Any]) -> None:
        found.append(1)
        if len(found) == 1:
            raise RuntimeError("cannot take this")

    buses[1].subscribe("events.fail", fail_once)
    eventually(lambda: buses[0].publish("events.fail", {}) and len(found) > 1)
    assert "a subscriber failed" in caplog.text


def test_a_slow_subscriber_loses_the_oldest_and_counts_them() -> None:
    go, found = threading.Event(), []

    def slow(_subject: str, document: dict[str, Any]) -> None:
        go.wait(10)
        found.append(document["index"])

    delivery = Delivery(slow, queue_max=3)
    delivery.put("a", {"index": 0})
    eventually(lambda: delivery._queue.__len__() == 0)
    for index in range(1, 7):
        delivery.put("a", {"index": index})
    go.set()
    eventually(lambda: len(found) == 4)
    assert ([0, 4, 5, 6], 3) == (found, delivery.lost)
    delivery.close()


@pytest.mark.parametrize(
    ("pattern", "subject", "expected"),
    [
        ("a.b", "a.b", True),
        ("a.*", "a.b", True),
        ("a.*", "a.b.c", False),
        ("a.>", "a.b.c", True),
        ("a.>", "a", False),
        (">", "a", True),
        ("a.*.c", "a.b.c", True),
        ("a.b", "a.c", False),
    ],
)
def test_patterns_match_token_by_token(pattern: str, subject: str, expected: bool) -> None:
    assert expected == matches(pattern, subject)


def test_text_that_is_no_unicode_does_not_stop_who_publishes() -> None:
    assert b'{"name":"a?"}' == checked("events.x.call", {"name": "a\udcff"})
