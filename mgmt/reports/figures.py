"""The key figures of a company, made of the numbers that the history keeps by the hour, and of the text messages.

answered, missed      calls; missed are also those who hung up before anybody answered
asa                   average speed of answer: seconds until somebody answered inbound calls, greeting and menu included
aht                   average handling time: seconds of talk of answered calls
sl20                  per cent of inbound calls that somebody answered within 20 s
voicemails, sms       messages left, and text messages both ways
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from history.rollups import Bucket, Group, TooLong, counted
from history.shelves import MESSAGES, Query, Shelves
from mgmt.limits import kpi_messages_max

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


@dataclass(frozen=True, slots=True)
class Figures:
    """One hour or day: its numbers, with the text messages as `sms` where they were wanted, and the wanted figures."""

    start: float
    end: float
    numbers: Numbers
    values: Mapping[str, float | None]


def figures(
    shelves: Shelves, tenant: str, wanted: tuple[str, ...], since: float, until: float, group: Group, zone: ZoneInfo
) -> list[Figures]:
    """Each wanted figure by hour or day of the zone; None where nothing was to be measured. Raises `TooLong`."""
    found = counted(shelves, tenant, since, until, group, zone)
    texts = _texts(shelves, tenant, found) if "sms" in wanted else [0] * len(found)
    made = []
    for one, count in zip(found, texts, strict=True):
        numbers = {**one.numbers, "sms": count}
        made.append(Figures(one.start, one.end, numbers, {name: METRICS[name](numbers) for name in wanted}))
    return made


def _texts(shelves: Shelves, tenant: str, found: list[Bucket]) -> list[int]:
    """Text messages of each bucket. Raises `TooLong` when they are too many to be counted at once."""
    counts = [0] * len(found)
    if not found:
        return counts
    starts, after = [one.start for one in found], None
    for _ in range(kpi_messages_max // PAGE):
        query = Query(since=starts[0], until=found[-1].end, after=after, limit=PAGE, oldest_first=True)
        rows = shelves.page(MESSAGES, tenant, query)
        for row in rows:
            counts[bisect_right(starts, row.at or starts[0]) - 1] += 1
        if len(rows) < PAGE:
            return counts
        after = (rows[-1].at or 0.0, rows[-1].id)
    raise TooLong(f"more than {kpi_messages_max} text messages")
