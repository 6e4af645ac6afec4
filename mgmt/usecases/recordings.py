"""All recordings of a time in one archive: the table of their calls, and each under its day, in the company's time zone."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from history.documents import Call
from history.shelves import AUDIT, Put
from history.store import CallFilter
from media.storage.names import BadName, name_of
from media.storage.store import NoSuchMedia
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.archive import archived
from mgmt.http.errors import Problem
from mgmt.limits import export_page_items
from mgmt.usecases.numbers import table

_odd = re.compile(r"[^A-Za-z0-9+]+")
File = tuple[str, datetime, Iterable[bytes]]


def archive(context: Context, scope: Scope, wanted: CallFilter, address: str | None) -> Iterator[bytes]:
    """A ZIP in pieces: `calls.csv` with the name of each file, the recordings, `missing.txt` when some are gone.

    Who fetched what is noted before it is given. Raises Problem 403, 503 (as many archives as there may be are being made).
    """
    scope.require_insight()
    if not context.archives.acquire(blocking=False):
        detail = "Other archives are being made on this node. Try again in a minute."
        raise Problem(503, "archives_busy", detail, headers=(("Retry-After", "60"),))
    held = _held(context, archived(_files(context, scope, replace(wanted, recorded=True), address)))
    next(held)  # begun, so that whatever becomes of it gives the place back
    return held


def _held(context: Context, pieces: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield b""
        yield from pieces
    finally:
        context.archives.release()


def _files(context: Context, scope: Scope, wanted: CallFilter, address: str | None) -> Iterator[File]:
    zone = ZoneInfo(scope.view.tenant.timezone)
    pages = _pages(context, scope.tenant, wanted)
    rows = ([{**call.to_document(), "file": _name(call, zone)} for call in page] for page in pages)
    yield "calls.csv", datetime.fromtimestamp(context.clock(), zone), table(rows, ("file",))
    missing: list[str] = []
    for page in _pages(context, scope.tenant, wanted):
        _noted(context, scope, page, address)
        for call in page:
            content = _content(context, scope.tenant, call)
            if content is None:
                missing.append(f"{_name(call, zone)}\n")
            else:
                yield _name(call, zone), datetime.fromtimestamp(call.started_at, zone), content
    if missing:
        yield "missing.txt", datetime.fromtimestamp(context.clock(), zone), (one.encode() for one in missing)


def _pages(context: Context, tenant: str, wanted: CallFilter) -> Iterator[tuple[Call, ...]]:
    cursor = None
    while True:
        page = context.history.calls(tenant, wanted, cursor, export_page_items)
        yield tuple(page.rows)
        cursor = page.next_cursor
        if cursor is None:
            return


def _name(call: Call, zone: ZoneInfo) -> str:
    at = datetime.fromtimestamp(call.started_at, zone)
    parts = (f"{at:%H%M%S}", call.from_, call.to, call.id)
    return f"{at:%Y-%m-%d}/{'_'.join(_odd.sub('-', part)[:40] for part in parts)}.wav"


def _content(context: Context, tenant: str, call: Call) -> Iterator[bytes] | None:
    """None: it was deleted, by somebody or by age."""
    try:
        stat = context.media.stat(name_of(tenant, call.recording or ""))
    except (BadName, NoSuchMedia):
        return None
    return context.media.read(stat.name, 0, stat.size_bytes)


def _noted(context: Context, scope: Scope, page: tuple[Call, ...], address: str | None) -> None:
    at, who = context.clock(), scope.identity.actor
    about = {"at": at, "actor": who, "action": "media.read", "how": "archive", "address": address}
    keys = (f"{at:017.6f}-{secrets.token_hex(8)}" for _ in page)
    context.history.shelves.write(
        [
            Put(AUDIT, scope.tenant, key, {**about, "object": call.recording})
            for key, call in zip(keys, page, strict=False)
        ]
    )
