"""Numbers per minute and hour, right under late and repeated data, and per day or hour of any time zone, also over DST.

A call that closes marks its minute (in the batch that keeps it). A minute that is marked is counted anew from its calls, and its
hour from its minutes: so nothing is counted twice, however often and late a call is told. Days are never stored: they are made
of hours (where a zone's offset is no whole hour, of minutes) between the midnights of the zone that asks, 23 or 25 hours apart.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from history.shelves import (
    CALLS,
    DUE_ROLLUPS,
    NODE,
    ROLLUPS,
    UNRATED,
    Body,
    Change,
    Put,
    Query,
    Row,
    Shelf,
    Shelves,
    Where,
)

MINUTE_S, HOUR_S = 60, 3600
PAGE = 500
BUCKETS_MAX = 10_000
SOON_MS = 20_000
"""An inbound call that somebody answers within this counts as answered in time (the service level of contact centres)."""
COUNTED = ("inbound", "outbound", "internal", "answered", "missed", "voicemail", "abandoned", "busy", "failed")
NUMBERS = ("calls", *COUNTED, "talk_ms", "ring_ms", "answered_in", "answered_soon")
Group = Literal["hour", "day"]


class TooLong(ValueError):
    """Theirs: more buckets than one answer gives."""


def mark(call: Body) -> Change | None:
    """What a call that closes asks to be counted anew; None while it lasts. The mark changes with the call."""
    if call.get("ended_at") is None:
        return None
    minute = int(call["started_at"] // MINUTE_S) * MINUTE_S
    known = {"minute": minute, "call": call["id"], "ended_at": call["ended_at"], "outcome": call.get("outcome")}
    return Put(DUE_ROLLUPS, call["tenant"], f"{minute:012d}/{call['id']}", known)


def roll(shelves: Shelves, minutes_max: int) -> int:
    """Count marked minutes anew, at most so many; how many it were. May be broken off and repeated."""
    due: dict[tuple[str, int], list[Row]] = {}
    for row in shelves.everywhere(DUE_ROLLUPS, ()):
        key = (row.tenant, int(row.body["minute"]))
        if key not in due and len(due) >= minutes_max:
            continue
        due.setdefault(key, []).append(row)
    hours: set[tuple[str, int]] = set()
    for tenant, minute in due:
        calls = [row.body for row in _all(shelves, CALLS, tenant, (), minute, minute + MINUTE_S)]
        told = {row.body["call"] for row in due[tenant, minute]}
        rated = [_unrated(call) for call in calls if call["id"] in told and call.get("answered_at") is not None]
        shelves.write([_kept(tenant, "minute", minute, _of_calls(calls)), *rated])
        hours.add((tenant, minute // HOUR_S * HOUR_S))
    for tenant, hour in hours:
        minutes = _all(shelves, ROLLUPS, tenant, (Where("grain", "=", "minute"),), hour, hour + HOUR_S)
        shelves.write([_kept(tenant, "hour", hour, total([row.body for row in minutes]))])
    if due:
        shelves.settle(DUE_ROLLUPS, [row for marks in due.values() for row in marks])
    return len(due)


def _unrated(call: Body) -> Put:
    """A call that may cost something: to be rated, once (`mgmt.billing.meter`)."""
    note = {"tenant": call["tenant"], "call": call["id"], "due_at": call["ended_at"]}
    return Put(UNRATED, NODE, f"{call['tenant']}/{call['id']}", note)


def _of_calls(calls: Sequence[Body]) -> dict[str, int]:
    """The numbers of finished calls."""
    found = dict.fromkeys(NUMBERS, 0)
    found["calls"] = len(calls)
    for call in calls:
        direction, outcome = call.get("direction"), call.get("outcome")
        for name in {direction, outcome}:
            if name in COUNTED:
                found[name] += 1
        found["talk_ms"] += int(call.get("talk_ms", 0))
        if outcome == "answered" and direction == "inbound":
            waited_ms = _until_somebody(call)
            found["ring_ms"] += waited_ms
            found["answered_in"] += 1
            found["answered_soon"] += waited_ms <= SOON_MS
    return found


def _until_somebody(call: Body) -> int:
    """Until a person answered: the menu answers at once. Calls of older programs say only when that was."""
    reached_ms = call.get("reached_ms")
    return int(call.get("ring_ms", 0) if reached_ms is None else reached_ms)


def _kept(tenant: str, grain: str, start: int, numbers: dict[str, int]) -> Put:
    return Put(ROLLUPS, tenant, f"{grain}/{start:012d}", {"grain": grain, "start": float(start), **numbers})


def total(parts: Sequence[Body]) -> dict[str, int]:
    """The sum of numbers."""
    return {name: sum(int(part.get(name, 0)) for part in parts) for name in NUMBERS}


def _all(
    shelves: Shelves, shelf: Shelf, tenant: str, where: tuple[Where, ...], since: float, until: float
) -> Iterator[Row]:
    after: tuple[float, str] | None = None
    while True:
        query = Query(where, since, until, after=after, limit=PAGE, oldest_first=True)
        rows = shelves.page(shelf, tenant, query)
        yield from rows
        if len(rows) < PAGE:
            return
        after = (rows[-1].at or 0.0, rows[-1].id)


@dataclass(frozen=True, slots=True)
class Bucket:
    """An hour or a day of a zone: from, up to and without; its numbers."""

    start: float
    end: float
    numbers: dict[str, int]


def counted(shelves: Shelves, tenant: str, since: float, until: float, group: Group, zone: ZoneInfo) -> list[Bucket]:
    """The numbers of every hour or day of the zone that has a part in the time. Raises `TooLong`."""
    edges = edges_of(since, until, group, zone)
    if len(edges) < 2:
        return []
    whole = all(edge % HOUR_S == 0 for edge in edges)
    grain = (Where("grain", "=", "hour" if whole else "minute"),)
    parts: list[list[Any]] = [[] for _ in edges[1:]]
    for row in _all(shelves, ROLLUPS, tenant, grain, edges[0], edges[-1]):
        parts[bisect_right(edges, row.body["start"]) - 1].append(row.body)
    return [Bucket(start, end, total(some)) for start, end, some in zip(edges[:-1], edges[1:], parts, strict=True)]


def edges_of(since: float, until: float, group: Group, zone: ZoneInfo) -> list[float]:
    """Where buckets begin and the last one ends. Raises `TooLong`."""
    edges = [_floor(since, group, zone)]
    while edges[-1] < until:
        if len(edges) > BUCKETS_MAX:
            raise TooLong(f"more than {BUCKETS_MAX} {group}s")
        edges.append(_next(edges[-1], group, zone))
    return edges


def _floor(stamp: float, group: Group, zone: ZoneInfo) -> float:
    local = datetime.fromtimestamp(stamp, zone)
    if group == "day":
        return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).timestamp()
    return stamp - (local.minute * 60 + local.second + local.microsecond / 1e6)


def _next(edge: float, group: Group, zone: ZoneInfo) -> float:
    if group == "day":
        day = datetime.fromtimestamp(edge + HOUR_S, zone).date() + timedelta(days=1)
        found = datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
        return found if found > edge else edge + 24 * HOUR_S
    then = edge + HOUR_S
    found = _floor(then, "hour", zone)
    return found if found > edge else then
