"""Missed calls and what became of each: was the customer called back, did they call again, is it done, does nobody care?"""

from __future__ import annotations

from collections.abc import Iterator

from history.activity import OPEN, Activity
from history.shelves import ACTIVITIES, Query, Where
from mgmt.reports.source import Source
from mgmt.reports.table import Cell

LOOKED_MAX = 50
"""Later things of the same customer that are looked at."""

STATUS = {
    "en": {"back": "called back", "again": "called again", "done": "dealt with", "open": "open"},
    "ru": {"back": "перезвонили", "again": "позвонил снова", "done": "обработан", "open": "не обработан"},
}


def rows(source: Source) -> Iterator[tuple[Cell, ...]]:
    """When, who, to which number, what became of it, when, how many minutes later."""
    for missed in source.activities("missed_call"):
        code, at = became(source, missed)
        later = round((at - missed.at) / 60, 1) if at is not None else None
        number = missed.number or missed.to
        words = STATUS[source.language][code]
        yield source.clock(missed.at), missed.from_, missed.from_name, number, words, source.clock(at), later


def became(source: Source, missed: Activity) -> tuple[str, float | None]:
    """back, again, done or open; and when."""
    for later in _later(source, missed):
        if later.kind == "call" and later.result == "connected":
            return ("back" if later.origin == "outbound" else "again"), later.at
    if missed.state != OPEN or missed.handled_at is not None:
        return "done", missed.handled_at or missed.closed_at
    return "open", None


def _later(source: Source, missed: Activity) -> Iterator[Activity]:
    if missed.customer is None:
        return
    query = Query((Where("customer", "=", missed.customer),), since=missed.at, limit=LOOKED_MAX, oldest_first=True)
    for row in source.history.shelves.page(ACTIVITIES, source.tenant, query):
        if row.id != missed.id:
            yield Activity.from_document(row.body)
