"""How much there was: numbers of calls by hour or day of the company, and lists as files."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from history.rollups import Bucket, TooLong, counted
from history.store import ActivityFilter, CallFilter, Page
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import Problem
from mgmt.http.wire import outward
from mgmt.limits import export_page_items

Document = dict[str, Any]
CALL_COLUMNS = (
    "id",
    "started_at",
    "direction",
    "from",
    "from_name",
    "to",
    "to_name",
    "outcome",
    "who",
    "trunk",
    "ring_ms",
    "talk_ms",
    "duration_ms",
    "mos",
    "recording",
)
ACTIVITY_COLUMNS = (
    "id",
    "at",
    "kind",
    "origin",
    "result",
    "state",
    "from",
    "from_name",
    "to",
    "title",
    "text",
    "phone",
    "email",
    "assigned_to",
    "due_at",
    "closed_at",
)
_number = re.compile(r"\+?[0-9]+")


def kpi(context: Context, scope: Scope, since: float, until: float, group: Literal["hour", "day"]) -> Document:
    """Numbers by hour or day in the company's time zone. Raises Problem 400, 403."""
    zone = scope.view.tenant.timezone
    data = [
        {"start_at": one.start, "end_at": one.end, **one.numbers}
        for one in buckets(context, scope, since, until, group, zone)
    ]
    return {"data": data, "timezone": zone}


def buckets(
    context: Context, scope: Scope, since: float, until: float, group: Literal["hour", "day"], zone: str
) -> list[Bucket]:
    """The numbers by hour or day of a zone. Raises Problem 400, 403."""
    scope.require_insight()
    try:
        return counted(context.history.shelves, scope.tenant, since, until, group, ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError) as wrong:
        if isinstance(wrong, TooLong):
            raise Problem(400, "too_long", f"That is {wrong}: ask for a shorter time.") from wrong
        raise Problem(400, "invalid_timezone", "tz must be a name like America/New_York.") from wrong


def calls(context: Context, scope: Scope, wanted: CallFilter, form: str) -> Iterator[bytes]:
    """Finished calls as CSV or JSON lines, newest first, a page in memory at a time. Raises Problem 403."""
    scope.require_insight()
    tenant, history = scope.tenant, context.history
    return _written(lambda cursor: history.calls(tenant, wanted, cursor, export_page_items), CALL_COLUMNS, form)


def activities(context: Context, scope: Scope, wanted: ActivityFilter, form: str) -> Iterator[bytes]:
    """Activities, likewise."""
    scope.require_insight()
    tenant, history = scope.tenant, context.history
    return _written(
        lambda cursor: history.activities(tenant, wanted, cursor, export_page_items), ACTIVITY_COLUMNS, form
    )


def _written(page: Callable[[str | None], Page[Any]], columns: tuple[str, ...], form: str) -> Iterator[bytes]:
    cursor, first = None, True
    while True:
        found = page(cursor)
        rows = [outward(one.to_document()) for one in found.rows]
        yield _csv(rows, columns, first) if form == "csv" else _lines(rows)
        cursor, first = found.next_cursor, False
        if cursor is None:
            return


def _lines(rows: list[Document]) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def table(pages: Iterable[list[Document]], more: tuple[str, ...] = ()) -> Iterator[bytes]:
    """Documents of calls as CSV, with further columns."""
    for index, page in enumerate(pages):
        yield _csv([outward(one) for one in page], (*CALL_COLUMNS, *more), index == 0)


def _csv(rows: list[Document], columns: tuple[str, ...], first: bool) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    if first:
        writer.writerow(columns)
    writer.writerows([[cell(row.get(name)) for name in columns] for row in rows])
    return out.getvalue().encode()


def cell(value: Any) -> Any:
    """What a spreadsheet would run as a formula is made a text."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") and not _number.fullmatch(value):
        return f"'{value}"
    return value
