"""Events of calls from a cursor on: in order, of one tenant, bounded, and what was missed is said."""

from __future__ import annotations

from softswitch.control.events import EVENTS_TOLD_MAX, EventRing


def numbers(ring: EventRing, cursor: int | None, tenant: str | None = "t") -> list[int]:
    """The events behind a cursor."""
    return [event["call"]["n"] for event in ring.after(cursor, tenant)["events"]]


def filled(count: int, kept_max: int = 100) -> EventRing:
    """Events 0 to `count`, every third of another tenant."""
    ring = EventRing(1000, kept_max)
    for number in range(count):
        ring.add("u" if number % 3 == 2 else "t", {"n": number})
    return ring


def test_without_a_cursor_it_begins_now() -> None:
    assert {"events": [], "cursor": 1003, "complete": True} == filled(3).after(None, "t")


def test_events_of_the_tenant_come_in_order_behind_the_cursor() -> None:
    ring = filled(6)
    assert ([0, 1, 3, 4], [3, 4], []) == (numbers(ring, 1000), numbers(ring, 1003), numbers(ring, 1006))
    assert [0, 1, 2, 3, 4, 5] == numbers(ring, 1000, None)


def test_a_cursor_that_is_too_old_or_of_another_run_is_told() -> None:
    ring = filled(10, kept_max=4)
    assert [False, False, True, False] == [ring.after(cursor, "t")["complete"] for cursor in (1000, 1005, 1006, 2000)]


def test_many_events_come_in_parts_and_none_is_lost() -> None:
    ring = filled(3 * EVENTS_TOLD_MAX, 10_000)
    cursor, seen = 1000, []
    while found := ring.after(cursor, "t")["events"]:
        assert EVENTS_TOLD_MAX >= len(found)
        seen += [event["call"]["n"] for event in found]
        cursor = ring.after(cursor, "t")["cursor"]
    assert [number for number in range(3 * EVENTS_TOLD_MAX) if number % 3 != 2] == seen
