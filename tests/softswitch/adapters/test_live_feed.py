"""Live documents: several changes are one message, the newest state is told, an ended call is told as ended."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock

from softswitch.adapters.live_feed import GATHER_S, LiveFeed
from softswitch.calls.ledger import Ledger


def ledger(id: str) -> Ledger:
    return Ledger(id, "acme", "boot", {"id": id, "tenant": "acme"}, 1.0)


def test_the_changes_of_a_moment_are_told_once_as_the_call_is_then() -> None:
    clock, told = Clock(), list[tuple[str, dict[str, Any]]]()
    feed, call = LiveFeed(clock, lambda tenant, document: told.append((tenant, document))), ledger("c1")
    feed.changed(call)
    call.seen("talking", "Ben")
    feed.changed(call)
    assert [] == told
    clock.advance(GATHER_S)
    ((tenant, document),) = told
    assert ("acme", "c1", "talking", "Ben") == (tenant, document["id"], document["state"], document["where"])
    clock.advance(10)
    assert 1 == len(told)


def test_each_call_that_changed_is_told_and_later_changes_again() -> None:
    clock, told = Clock(), list[str]()
    feed = LiveFeed(clock, lambda tenant, document: told.append(f"{document['id']} {document['state']}"))
    first, second = ledger("c1"), ledger("c2")
    feed.changed(first)
    feed.changed(second)
    clock.advance(GATHER_S)
    first.seen("ended")
    feed.changed(first)
    clock.advance(GATHER_S)
    assert ["c1 routing", "c2 routing", "c1 ended"] == told
