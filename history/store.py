"""The history as one repository: what happened is written in batches, people's marks one by one; every question has a method.

One class over any back end (`history.shelves.Shelves`): `history.embedded` on sqlite3, `history.mongo` on MongoDB. The first
argument of every question is the tenant; nothing is found without it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any, Generic, TypeVar

from history import shelves, transcripts
from history.activity import STATES, Activity
from history.contact import Contact
from history.documents import Call, Document, Leg, QualityWindow, SipMessage, Step
from history.rollups import mark
from history.shelves import (
    ACTIVITIES,
    BOOTS,
    CALLS,
    CONTACTS,
    LADDERS,
    LEGS,
    NODE,
    SOURCES,
    STEPS,
    THINGS,
    WINDOWS,
    Change,
    Drop,
    Put,
    Query,
    Shelf,
    Shelves,
    StoreAway,
    Where,
)
from history.words import mention, query_words, words_of

__all__ = ["Batch", "CallFilter", "HistoryStore", "Page", "StoreAway"]

PAGE_MAX = 200
LEGS_MAX = 10_000
COUNT_MAX = 10_000
TABS_MAX = 1_000
"""Nobody reads more from the count of a tab than that there are many; each thousand costs 2.5 ms."""
CURSOR_CHARS_MAX = 400
LOOKED_MAX = 1_000
"""Calls that a page looks at for one that says a word and is wanted otherwise."""

Row = TypeVar("Row")
D = TypeVar("D", bound=Document)


class BadCursor(ValueError):
    """Theirs: a cursor that this history did not give."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows and where to go on (None: that was all)."""

    rows: tuple[Row, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls; None means all. `party` is words: the beginning of a name, a number or its last 4, 7 or 10 digits.

    said: beginnings of words that were said in the recording, as far as it is written down, within about two minutes.
    """

    direction: str | None = None
    outcome: str | None = None
    since: float | None = None
    until: float | None = None
    party: str | None = None
    who: str | None = None
    trunk: str | None = None
    recorded: bool = False
    said: str | None = None

    def query(self) -> Query:
        """As the back ends are asked."""
        where = _equal(self, "direction", "outcome", "who", "trunk")
        if self.recorded:
            where += (Where("recorded", "=", True),)
        return Query(where, self.since or 0.0, self.until, query_words(self.party or ""))

    def takes(self, call: Call) -> bool:
        """Whether it is one of them, whatever was said in it."""
        body = call.to_document()
        if any(body[where.field] != where.value for where in _equal(self, "direction", "outcome", "who", "trunk")):
            return False
        known = words_of(body, CALLS.words)
        named = all(any(one.startswith(word) for one in known) for word in query_words(self.party or ""))
        return named and not (self.recorded and call.recording is None)


@dataclass(frozen=True, slots=True)
class ActivityFilter:
    """Which activities; None means all. `text` is the beginnings of words in names, numbers, notes and transcripts.

    mentions: a user whom a note names as `@id`.
    """

    states: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None
    origin: str | None = None
    result: str | None = None
    unread: bool | None = None
    flagged: bool | None = None
    phone: str | None = None
    email: str | None = None
    number: str | None = None
    customer: str | None = None
    group: str | None = None
    assigned_to: str | None = None
    who: str | None = None
    mailbox: str | None = None
    due_before: float | None = None
    since: float | None = None
    until: float | None = None
    text: str | None = None
    mentions: str | None = None

    def query(self) -> Query:
        """As the back ends are asked."""
        names = ("origin", "result", "unread", "phone", "email", "number", "customer", "group", "assigned_to", "who")
        where = _equal(self, *names, "mailbox")
        for name, values in (("state", self.states), ("kind", self.kinds)):
            if values is not None:
                where += (Where(name, "in", values),)
        if self.flagged:
            where += (Where("flagged", "=", True),)
        if self.due_before is not None:
            where += (Where("due_at", "<", self.due_before),)
        named = (mention(self.mentions),) if self.mentions else ()
        return Query(where, self.since or 0.0, self.until, named + query_words(self.text or ""))


def _equal(wanted: Any, *names: str) -> tuple[Where, ...]:
    return tuple(Where(name, "=", getattr(wanted, name)) for name in names if getattr(wanted, name) is not None)


@dataclass(slots=True)
class Batch:
    """Changes that are applied together with the position of the spool they came from. All may be applied again.

    messages: tenant, call and its ladder, documents of `SipMessage`.
    told: events for the event log, as they wait (`history.happened`).
    """

    calls: list[Call] = field(default_factory=list)
    legs: list[Leg] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    quality: list[QualityWindow] = field(default_factory=list)
    messages: list[tuple[str, str, Sequence[Mapping[str, Any]]]] = field(default_factory=list)
    activities: list[Activity] = field(default_factory=list)
    dropped_activities: list[tuple[str, str]] = field(default_factory=list)
    open_things: list[dict[str, Any]] = field(default_factory=list)
    closed_things: list[str] = field(default_factory=list)
    boots: dict[str, float] = field(default_factory=dict)
    told: list[Put] = field(default_factory=list)

    def changes(self) -> Iterator[Change]:
        """In the order that may break off anywhere and be begun again: documents, open things, what is told, heartbeats."""
        calls = [one.to_document() for one in {(call.tenant, call.id): call for call in self.calls}.values()]
        yield from (Put(CALLS, call["tenant"], call["id"], call) for call in calls)
        yield from (marked for call in calls if (marked := mark(call)) is not None)
        yield from {(x.tenant, x.id): Put(LEGS, x.tenant, x.id, x.to_document()) for x in self.legs}.values()
        yield from (Put(STEPS, one.tenant, f"{one.call}/{one.index:06d}", one.to_document()) for one in self.steps)
        for window in self.quality:
            place = f"{window.call}/{window.at:017.6f}/{window.leg}/{window.direction}"
            yield Put(WINDOWS, window.tenant, place, window.to_document())
        for tenant, call, messages in self.messages:
            yield Put(LADDERS, tenant, call, {"messages": messages})
        yield from (Drop(ACTIVITIES, tenant, id) for tenant, id in self.dropped_activities)
        yield from (Put(ACTIVITIES, one.tenant, one.id, one.to_document()) for one in self.activities)
        yield from (Put(THINGS, NODE, thing["id"], thing) for thing in self.open_things)
        yield from (Drop(THINGS, NODE, thing) for thing in self.closed_things)
        yield from self.told
        yield from (Put(BOOTS, NODE, boot, {"seen_at": at}) for boot, at in self.boots.items())


class HistoryStore:
    """The repository over a back end. Any thread may use it; every method raises `StoreAway` when the back end is away."""

    def __init__(self, back_end: Shelves) -> None:
        self.shelves = back_end

    # -- writing ---------------------------------------------------------------------------------------------------

    def apply(self, batch: Batch, source: str, position: int) -> None:
        """Write everything, then remember that `source` was read up to `position`; after an error do it again."""
        self.shelves.write([*batch.changes(), Put(SOURCES, NODE, source, {"position": position})])

    def position(self, source: str) -> int:
        """How far `source` was read: 0 at first."""
        found = self.shelves.get(SOURCES, NODE, source)
        return int(found["position"]) if found else 0

    def update_activity(self, tenant: str, activity_id: str, make: Callable[[Activity], Activity]) -> Activity | None:
        """Let people's marks be made by `make`, with nobody between; None when there is no such activity of that tenant."""

        def change(body: dict[str, Any]) -> dict[str, Any]:
            return make(Activity.from_document(body)).to_document()

        found = self.shelves.change(ACTIVITIES, tenant, activity_id, change)
        return Activity.from_document(found) if found else None

    # -- what was left open ----------------------------------------------------------------------------------------

    def open_things(self, node: str, but_boot: str) -> list[dict[str, Any]]:
        """What older boots of a node left open: documents of `Batch.open_things`."""
        found = self.shelves.below(THINGS, NODE, "")
        return [thing for thing in found if thing["node"] == node and thing["boot"] != but_boot]

    def open_thing(self, thing_id: str) -> dict[str, Any] | None:
        """One of them."""
        return self.shelves.get(THINGS, NODE, thing_id)

    def boot_seen_at(self, boot: str) -> float | None:
        """The last heartbeat of a boot."""
        found = self.shelves.get(BOOTS, NODE, boot)
        return float(found["seen_at"]) if found else None

    # -- calls -----------------------------------------------------------------------------------------------------

    def calls(self, tenant: str, wanted: CallFilter, cursor: str | None, limit: int) -> Page[Call]:
        """Finished calls, newest first. Raises `BadCursor`."""
        if wanted.said and (words := query_words(wanted.said)):
            return self._calls_that_say(tenant, wanted, words, cursor, max(1, min(limit, PAGE_MAX)))
        return self._page(CALLS, Call.from_document, tenant, wanted.query(), cursor, limit)

    def _calls_that_say(
        self, tenant: str, wanted: CallFilter, words: tuple[str, ...], cursor: str | None, limit: int
    ) -> Page[Call]:
        rows: list[Call] = []
        after = read_cursor(cursor) if cursor is not None else None
        found = transcripts.calls_that_say(self.shelves, tenant, words, wanted.since or 0.0, wanted.until, after)
        for looked, (place, id) in enumerate(found, 1):
            call = self.call(tenant, id)
            if call is not None and call.ended_at is not None and wanted.takes(call):
                rows.append(call)
            if len(rows) == limit or looked == LOOKED_MAX:
                return Page(tuple(rows), cursor_at(*place))
        return Page(tuple(rows))

    def call(self, tenant: str, call_id: str) -> Call | None:
        """One call, also one in progress."""
        found = self.shelves.get(CALLS, tenant, call_id)
        return Call.from_document(found) if found else None

    def legs(self, tenant: str, call_id: str) -> tuple[Leg, ...]:
        """Its legs, oldest first. A leg that was transferred is one of the call that it went to."""
        query = Query((Where("call", "=", call_id),), limit=LEGS_MAX, oldest_first=True)
        return tuple(Leg.from_document(row.body) for row in self.shelves.page(LEGS, tenant, query))

    def legs_of(self, tenant: str, calls: Sequence[str]) -> dict[str, tuple[Leg, ...]]:
        """The legs of many calls, asked for at once: those of each, oldest first."""
        query = Query((Where("call", "in", tuple(calls)),), limit=LEGS_MAX, oldest_first=True)
        rows = self.shelves.page(LEGS, tenant, query) if calls else []
        if len(rows) == LEGS_MAX:
            return {call: self.legs(tenant, call) for call in calls}
        found: dict[str, list[Leg]] = {call: [] for call in calls}
        for row in rows:
            leg = Leg.from_document(row.body)
            found[leg.call].append(leg)
        return {call: tuple(legs) for call, legs in found.items()}

    def steps(self, tenant: str, call_id: str) -> tuple[Step, ...]:
        """Its steps, in order."""
        return self._below(STEPS, Step, tenant, call_id)

    def quality(self, tenant: str, call_id: str) -> tuple[QualityWindow, ...]:
        """Its windows, oldest first."""
        return self._below(WINDOWS, QualityWindow, tenant, call_id)

    def messages(self, tenant: str, call_id: str) -> tuple[SipMessage, ...]:
        """Its SIP ladder, in order."""
        found = self.shelves.get(LADDERS, tenant, call_id)
        return tuple(map(SipMessage.from_document, found["messages"])) if found else ()

    # -- activities ------------------------------------------------------------------------------------------------

    def activities(self, tenant: str, wanted: ActivityFilter, cursor: str | None, limit: int) -> Page[Activity]:
        """Activities, newest first. Raises `BadCursor`."""
        return self._page(ACTIVITIES, Activity.from_document, tenant, wanted.query(), cursor, limit)

    def activity(self, tenant: str, activity_id: str) -> Activity | None:
        """One activity."""
        found = self.shelves.get(ACTIVITIES, tenant, activity_id)
        return Activity.from_document(found) if found else None

    def activity_of_call(self, tenant: str, call_id: str) -> Activity | None:
        """The missed call, answered call or voicemail of a call: the oldest."""
        query = Query((Where("call", "=", call_id),), limit=1, oldest_first=True)
        found = self.shelves.page(ACTIVITIES, tenant, query)
        return Activity.from_document(found[0].body) if found else None

    def counts(self, tenant: str) -> dict[str, int]:
        """Activities by state and "unread", each counted up to TABS_MAX."""

        def count(name: str, value: object) -> int:
            return self.shelves.count(ACTIVITIES, tenant, (Where(name, "=", value),), TABS_MAX)

        return {**{state: count("state", state) for state in STATES}, "unread": count("unread", True)}

    def mailboxes(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Voicemail still open, (new, heard) by (tenant, mailbox); without mailboxes that have none. For the switch's lamps."""
        counts: dict[tuple[str, str], tuple[int, int]] = {}
        for row in self.shelves.everywhere(ACTIVITIES, (Where("waiting", "known"),)):
            box, unread = (row.tenant, row.body["waiting"]), bool(row.body["unread"])
            new, heard = counts.get(box, (0, 0))
            counts[box] = (new + unread, heard + (not unread))
        return counts

    def messages_in(self, tenant: str, mailbox: str, limit: int) -> tuple[Activity, ...]:
        """Voicemail of a mailbox that is still open, the oldest first."""
        query = Query((Where("waiting", "=", mailbox),), limit=limit, oldest_first=True)
        return tuple(Activity.from_document(row.body) for row in self.shelves.page(ACTIVITIES, tenant, query))

    def mailbox(self, tenant: str, mailbox: str) -> tuple[int, int]:
        """The same of one mailbox."""
        waiting = Where("waiting", "=", mailbox)
        total = self.shelves.count(ACTIVITIES, tenant, (waiting,), COUNT_MAX)
        new = self.shelves.count(ACTIVITIES, tenant, (waiting, Where("unread", "=", True)), COUNT_MAX)
        return (new, total - new)

    # -- contacts ---------------------------------------------------------------------------------------------------

    def contacts(self, tenant: str, text: str, cursor: str | None, limit: int) -> Page[Contact]:
        """Contacts with words that begin so, those changed last first. Raises `BadCursor`."""
        query = Query(words=query_words(text))
        return self._page(CONTACTS, Contact.from_document, tenant, query, cursor, limit)

    def contact(self, tenant: str, contact_id: str) -> Contact | None:
        """One contact."""
        found = self.shelves.get(CONTACTS, tenant, contact_id)
        return Contact.from_document(found) if found else None

    # -- common ----------------------------------------------------------------------------------------------------

    def _page(
        self,
        shelf: Shelf,
        make: Callable[[Mapping[str, Any]], Row],
        tenant: str,
        query: Query,
        cursor: str | None,
        limit: int,
    ) -> Page[Row]:
        limit = max(1, min(limit, PAGE_MAX))
        after = read_cursor(cursor) if cursor is not None else None
        rows = self._rows(shelf, tenant, replace(query, after=after, limit=limit + 1))
        made = tuple(make(row.body) for row in rows[:limit])
        return Page(made, cursor_at(rows[limit - 1].at or 0.0, rows[limit - 1].id) if len(rows) > limit else None)

    def _rows(self, shelf: Shelf, tenant: str, query: Query) -> list[shelves.Row]:
        """A page; one of several values is asked value by value, so that each comes from its index in order."""
        for condition in query.where:
            if condition.op == "in":
                others = tuple(one for one in query.where if one is not condition)
                found: list[shelves.Row] = []
                for value in condition.value:
                    equal = Where(condition.field, "=", value)
                    found += self._rows(shelf, tenant, replace(query, where=(equal, *others)))
                return sorted(found, key=lambda row: (row.at or 0.0, row.id), reverse=True)[: query.limit]
        return self.shelves.page(shelf, tenant, query)

    def _below(self, shelf: Shelf, kind: type[D], tenant: str, call_id: str) -> tuple[D, ...]:
        return tuple(kind.from_document(body) for body in self.shelves.below(shelf, tenant, f"{call_id}/"))

    def close(self) -> None:
        """Let go of everything."""
        self.shelves.close()


def cursor_at(stamp: float, row_id: str) -> str:
    """The cursor behind a place."""
    return base64.urlsafe_b64encode(json.dumps([float(stamp), row_id]).encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[float, str]:
    """The place of a cursor. Raises `BadCursor`."""
    try:
        if len(cursor) > CURSOR_CHARS_MAX:
            raise ValueError("too long")
        stamp, row_id = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
        if type(stamp) is not float or not isfinite(stamp) or type(row_id) is not str:
            raise ValueError("not a place")
    except (ValueError, TypeError) as error:
        raise BadCursor("this cursor is not ours") from error
    return stamp, row_id
