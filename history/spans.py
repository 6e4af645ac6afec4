"""The moments that a page has to look at: nothing that was seen before it is walked again, whatever the query's own span is."""

from __future__ import annotations

import math

from history.shelves import Query


def span(query: Query) -> tuple[float, float | None]:
    """`since` up to, not including, `until` (None: no end), without what lies before the place of the query."""
    if query.after is None:
        return query.since, query.until
    at = query.after[0]
    if query.oldest_first:
        return max(query.since, at), query.until
    end = math.nextafter(at, math.inf)
    return query.since, end if query.until is None else min(query.until, end)
