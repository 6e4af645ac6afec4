"""Tracked calls as rows: Yandex Metrica's `upload_calls` and the table that Google Ads imports. No cell is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from configdb.tracking import Tracking
from mgmt.tracking.calls import Tracked
from mgmt.usecases.numbers import cell

METRICA = ("ClientId", "DateTime", "PhoneNumber", "TalkDuration", "HoldDuration", "CallMissed", "StaticCall", "URL")
PRICED = ("Price", "Currency")
GOOGLE = ("Google Click ID", "Conversion Name", "Conversion Time", "Conversion Value", "Conversion Currency")


def for_metrica(tracking: Tracking, calls: Iterable[Tracked]) -> str:
    """With a header row; DateTime is epoch seconds (UTC), durations are seconds, flags 0 and 1."""
    priced = tracking.price is not None
    rows = []
    for one in calls:
        call = one.call
        values: list[Any] = [one.client, int(call.started_at), call.from_, call.talk_ms // 1000, call.ring_ms // 1000]
        values += [int(call.outcome != "answered"), 0, one.url]
        rows.append(values + ([str(tracking.price), tracking.currency] if priced else []))
    return _written((*METRICA, *(PRICED if priced else ())), rows)


def for_google(tracking: Tracking, calls: Iterable[Tracked]) -> str:
    """Calls of visitors who came by an advertisement (gclid)."""
    rows = [
        [
            one.gclid,
            tracking.conversion,
            datetime.fromtimestamp(one.call.started_at, UTC).strftime("%Y-%m-%d %H:%M:%S+0000"),
            str(tracking.price or 0),
            tracking.currency,
        ]
        for one in calls
        if one.gclid
    ]
    return _written(GOOGLE, rows)


def _written(head: tuple[str, ...], rows: list[list[Any]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([[cell(value) for value in row] for row in rows])
    return out.getvalue()
