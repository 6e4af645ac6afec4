"""The past that a report is made of: a company's calls, activities and messages from one moment up to another, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from configdb.snapshot import TenantView
from history.activity import Activity
from history.documents import Call, Leg
from history.shelves import MESSAGES, Query, Row
from history.store import ActivityFilter, CallFilter, HistoryStore
from mgmt.analyses import Analyses
from mgmt.limits import export_page_items


@dataclass(frozen=True, slots=True)
class Source:
    """`since` up to, not including, `until`.

    reached: is told now and then how much of the past was read, 0 to 1, and may raise to end it.
    """

    history: HistoryStore
    analyses: Analyses
    view: TenantView
    since: float
    until: float
    reached: Callable[[float], None] = lambda share: None

    @property
    def tenant(self) -> str:
        """Whose past."""
        return self.view.tenant.id

    @property
    def zone(self) -> ZoneInfo:
        """The company's time."""
        return ZoneInfo(self.view.tenant.timezone)

    @property
    def language(self) -> str:
        """Of names."""
        return "ru" if self.view.tenant.language.startswith("ru") else "en"

    def clock(self, at: float | None, form: str = "%Y-%m-%d %H:%M:%S") -> str | None:
        """A moment in the company's time."""
        return None if at is None else datetime.fromtimestamp(at, self.zone).strftime(form)

    def calls(self) -> Iterator[Call]:
        """Finished calls that began then, newest first."""
        for page in self.pages():
            yield from page

    def calls_with_legs(self) -> Iterator[tuple[Call, tuple[Leg, ...]]]:
        """The same, each with its legs."""
        for page in self.pages():
            legs = self.history.legs_of(self.tenant, [call.id for call in page])
            yield from ((call, legs[call.id]) for call in page)

    def pages(self) -> Iterator[tuple[Call, ...]]:
        """The same, as many at once as the history gives."""
        cursor, wanted = None, CallFilter(since=self.since, until=self.until)
        while True:
            page = self.history.calls(self.tenant, wanted, cursor, export_page_items)
            yield page.rows
            cursor = page.next_cursor
            if cursor is None:
                return
            self.reached(self.share(page.rows[-1].started_at))

    def activities(self, *kinds: str) -> Iterator[Activity]:
        """Of these kinds, newest first."""
        for index, kind in enumerate(kinds):
            cursor, wanted = None, ActivityFilter(kinds=(kind,), since=self.since, until=self.until)
            while True:
                page = self.history.activities(self.tenant, wanted, cursor, export_page_items)
                yield from page.rows
                cursor = page.next_cursor
                if cursor is None:
                    break
                self.reached((index + self.share(page.rows[-1].at)) / len(kinds))

    def messages(self) -> Iterator[Row]:
        """Text messages both ways, oldest first."""
        after: tuple[float, str] | None = None
        while True:
            query = Query(since=self.since, until=self.until, after=after, limit=export_page_items, oldest_first=True)
            rows = self.history.shelves.page(MESSAGES, self.tenant, query)
            yield from rows
            if len(rows) < export_page_items:
                return
            after = (rows[-1].at or 0.0, rows[-1].id)
            self.reached(1 - self.share(after[0]))

    def share(self, at: float) -> float:
        """How much of the time is later than a moment of it."""
        return min(1.0, max(0.0, (self.until - at) / (self.until - self.since)))
