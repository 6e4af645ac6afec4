"""Who did what, beside the configuration log: sign-ins, visits, calls that were led, sessions that were ended (ASVS 16.2, 16.3).

The page of a company shows both in one order. Events are kept in the history (`history.shelves.AUDIT`), as long as the
company's retention says; secrets are never in them.
"""

from __future__ import annotations

import csv
import heapq
import io
import itertools
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import structlog

from configdb.log import Entry
from configdb.model import SYSTEM
from history.shelves import AUDIT, Put, Query, StoreAway
from mgmt.context import Context
from mgmt.http.errors import Problem
from mgmt.http.wire import stamp
from mgmt.limits import audit_export_max, audit_scanned_max, log_page_max

Document = dict[str, Any]
Place = tuple[float, str]
Found = tuple[Document, int | None, Place | None]
"""A row, and where it stands in the one log or the other."""
COLUMNS = ("at", "actor", "action", "object", "address", "detail")
_log = structlog.get_logger("audit")


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What is wanted: a stretch of time, parts of the actor's name, of the action's, of the object's."""

    since: float | None = None
    until: float | None = None
    actor: str = ""
    action: str = ""
    object: str = ""

    def admits(self, row: Document) -> bool:
        """Whether a row is wanted."""
        in_time = (self.since is None or row["at"] >= self.since) and (self.until is None or row["at"] < self.until)
        pairs = ((self.actor, row["actor"]), (self.action, row["action"]), (self.object, row["object"]))
        return in_time and all(part.casefold() in str(whole).casefold() for part, whole in pairs)


def note(
    context: Context, tenant: str | None, actor: str, action: str, object: str = "", address: str = "", **more: object
) -> None:
    """Write an event down. A history that is away is said in the log; it keeps nobody from signing in or hanging up."""
    at = context.clock()
    body = {"at": at, "actor": actor, "action": action, "object": object, "address": address or None, **more}
    try:
        context.history.shelves.write([Put(AUDIT, tenant or SYSTEM, f"{at:017.6f}-{secrets.token_hex(8)}", body)])
    except StoreAway:
        _log.warning("not kept", tenant=tenant, actor=actor, action=action, object=object)


def page(context: Context, tenant: str, wanted: AuditFilter, cursor: str | None, limit: int) -> Document:
    """The newest first; `next_cursor` goes on where this page ends. Raises Problem 400, `Refused` 503, `StoreAway`."""
    rows: list[tuple[Document, str]] = []
    for row, place in _all(context, tenant, wanted, *_places(cursor)):
        rows.append((row, place))
        if len(rows) > limit:
            break
    shown = rows[:limit]
    return {"data": [row for row, _ in shown], "next_cursor": shown[-1][1] if len(rows) > limit else None}


def exported(context: Context, tenant: str, wanted: AuditFilter) -> Iterator[str]:
    """The same as CSV (RFC 4180), bounded; a value that a spreadsheet would calculate is made a text."""
    yield _line(COLUMNS)
    for number, (row, _) in enumerate(_all(context, tenant, wanted, None, None)):
        if number >= audit_export_max:
            return
        shown = {**row, "at": stamp(row["at"])}
        yield _line([_text(shown.get(name)) for name in COLUMNS])


def _all(
    context: Context, tenant: str, wanted: AuditFilter, entry: int | None, event: Place | None
) -> Iterator[tuple[Document, str]]:
    """Both logs, merged by time, newest first, with the place behind each row; at most so many are looked at."""
    both = (_entries(context, tenant, entry), _events(context, tenant, wanted, event))
    merged = heapq.merge(*both, key=lambda one: -one[0]["at"])
    for row, sequence, place in itertools.islice(merged, audit_scanned_max):
        entry, event = sequence or entry, place or event
        if wanted.since is not None and row["at"] < wanted.since:
            return
        if wanted.admits(row):
            yield row, _cursor(entry, event)


def _entries(context: Context, tenant: str, before: int | None) -> Iterator[Found]:
    while entries := context.config.recent(tenant, before, log_page_max):
        yield from ((_row_of(entry), entry.sequence, None) for entry in entries if entry.changes)
        before = entries[-1].sequence


def _events(context: Context, tenant: str, wanted: AuditFilter, before: Place | None) -> Iterator[Found]:
    full = True
    while full:
        query = Query(since=wanted.since or 0.0, until=wanted.until, after=before, limit=log_page_max)
        rows = context.history.shelves.page(AUDIT, tenant, query)
        for row in rows:
            before = (row.body["at"], row.id)
            known = {name: row.body.get(name) or "" for name in ("actor", "action", "object")}
            rest = {k: v for k, v in row.body.items() if k not in (*COLUMNS, "id") and v is not None}
            detail = ", ".join(f"{name}: {value}" for name, value in rest.items())
            shown = {"at": row.body["at"], **known, "address": row.body.get("address"), "detail": detail}
            yield {**shown, "sequence": None}, None, before
        full = len(rows) == log_page_max


def _row_of(entry: Entry) -> Document:
    names = [f"{change.kind} {change.id}" for change in entry.changes]
    removed = all(change.document is None for change in entry.changes)
    return {
        "at": entry.at,
        "actor": entry.actor,
        "action": "config.removed" if removed else "config.changed",
        "object": ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else ""),
        "address": None,
        "detail": entry.reason,
        "sequence": entry.sequence,
    }


def _cursor(entry: int | None, event: Place | None) -> str:
    return f"{entry if entry is not None else ''}~{f'{event[0]!r}~{event[1]}' if event is not None else '~'}"


def _places(cursor: str | None) -> tuple[int | None, Place | None]:
    if cursor is None:
        return None, None
    try:
        entry, at, id = cursor.split("~")
        return (int(entry) if entry else None), ((float(at), id) if at else None)
    except ValueError as wrong:
        raise Problem(400, "invalid_cursor", "This cursor was not made by this server.") from wrong


def _line(values: tuple[str, ...] | list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(values)
    return out.getvalue()


def _text(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
