"""The figures of the Metrics API, made of the numbers that the history keeps by the hour, and of the text messages.

answered, missed      calls; missed are also those who hung up before anybody answered
asa                   average speed of answer: seconds until inbound calls were answered
aht                   average handling time: seconds of talk of answered calls
sl20                  per cent of inbound calls that were answered within 20 s
voicemails, sms       messages left, and text messages both ways
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Literal

from history.rollups import Bucket
from history.shelves import MESSAGES, Query
from mgmt.context import Context
from mgmt.errors import Problem
from mgmt.limits import kpi_messages_max
from mgmt.scope import Scope
from mgmt.usecases.numbers import buckets
from mgmt.usecases.redact import Document

Numbers = Mapping[str, int]
PAGE = 500


def _mean_s(total_ms: int, count: int) -> float | None:
    return round(total_ms / count / 1000, 1) if count else None


METRICS: Mapping[str, Callable[[Numbers], float | None]] = {
    "answered": lambda n: n["answered"],
    "missed": lambda n: n["missed"] + n["abandoned"],
    "asa": lambda n: _mean_s(n["ring_ms"], n["answered_in"]),
    "aht": lambda n: _mean_s(n["talk_ms"], n["answered"]),
    "sl20": lambda n: round(100 * n["answered_soon"] / n["inbound"], 1) if n["inbound"] else None,
    "voicemails": lambda n: n["voicemail"],
    "sms": lambda n: n["sms"],
}


def kpi(
    context: Context,
    scope: Scope,
    wanted: tuple[str, ...],
    since: float,
    until: float,
    group: Literal["hour", "day"],
    zone: str,
) -> Document:
    """Each wanted figure by hour or day of the zone; null where nothing was to be measured. Raises Problem 400, 403."""
    found = buckets(context, scope, since, until, group, zone)
    texts = _texts(context, scope, found) if "sms" in wanted else [0] * len(found)
    data: list[Document] = []
    for one, count in zip(found, texts, strict=True):
        figures = {name: METRICS[name]({**one.numbers, "sms": count}) for name in wanted}
        data.append({"start_at": one.start, "end_at": one.end, **figures})
    return {"data": data, "timezone": zone, "group": group}


def _texts(context: Context, scope: Scope, found: list[Bucket]) -> list[int]:
    """Text messages of each bucket. Raises Problem 400 when they are too many to be counted at once."""
    counts = [0] * len(found)
    if not found:
        return counts
    starts, after = [one.start for one in found], None
    for _ in range(kpi_messages_max // PAGE):
        query = Query(since=starts[0], until=found[-1].end, after=after, limit=PAGE, oldest_first=True)
        rows = context.history.shelves.page(MESSAGES, scope.tenant, query)
        for row in rows:
            counts[bisect_right(starts, row.at or starts[0]) - 1] += 1
        if len(rows) < PAGE:
            return counts
        after = (rows[-1].at or 0.0, rows[-1].id)
    raise Problem(400, "too_long", f"There are more than {kpi_messages_max} text messages: ask for a shorter time.")
