"""Which reports there are: one row each, with its columns (names in `words`) and what makes its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from history.rollups import edges_of
from mgmt.conversations import Past, conversations
from mgmt.reports import missed, people
from mgmt.reports.figures import METRICS, figures
from mgmt.reports.source import Source
from mgmt.reports.table import Cell, Table
from mgmt.reports.words import WORDS
from quality.blame.score_card import score_card
from quality.blame.sides import Conversation

Rows = Iterator[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Kind:
    """columns: names of `words`."""

    columns: tuple[str, ...]
    rows: Callable[[Source], Rows]


def _summary(source: Source) -> Rows:
    """The Metrics API's figures (`figures`) by day, and in which direction the calls went."""
    found = figures(
        source.history.shelves, source.tenant, tuple(METRICS), source.since, source.until, "day", source.zone
    )
    for day in found:
        directions = (day.numbers[name] for name in ("inbound", "outbound", "internal"))
        yield (source.clock(day.start, "%Y-%m-%d"), *directions, *day.values.values())


def _calls(source: Source) -> Rows:
    for call in source.calls():
        yield (
            source.clock(call.started_at),
            call.direction,
            call.from_,
            call.from_name,
            call.to,
            call.outcome,
            call.who,
            call.queue,
            round(call.ring_ms / 1000, 1),
            round(call.talk_ms / 1000, 1),
            None if call.waited_ms is None else round(call.waited_ms / 1000, 1),
            call.mos,
        )


def _quality(source: Source) -> Rows:
    past = Past(source.history, source.analyses, source.tenant, source.view.tenant.timezone)
    card = score_card(_told(source, conversations(past, source.since, source.until)))
    for kind in ("trunk", "site", "device"):
        for row in card[kind]:
            figures = (row.mos, row.mos_p5, row.bad_percent, row.lost_percent, row.jitter_ms)
            yield kind, row.key, row.calls, row.measured, *(None if one is None else round(one, 2) for one in figures)


def _told(source: Source, found: Iterator[Conversation]) -> Iterator[Conversation]:
    """They tell how far they are."""
    for one in found:
        source.reached(source.share(one.at))
        yield one


def _messages(source: Source) -> Rows:
    """By day of the company; a day without any is a row of zeros."""
    days = [source.clock(edge, "%Y-%m-%d") for edge in edges_of(source.since, source.until, "day", source.zone)[:-1]]
    counts: dict[str | None, Counter[str]] = {day: Counter() for day in days}
    for row in source.messages():
        count = counts.setdefault(source.clock(row.at, "%Y-%m-%d"), Counter())
        count["received" if row.body["direction"] == "in" else "sent"] += 1
        if row.body["direction"] == "out":
            count[row.body["state"] if row.body["state"] != "sent" else "on its way"] += 1
            count["parts"] += int(row.body.get("segments", 1))
    names = ("received", "sent", "delivered", "failed", "uncertain", "parts")
    for day, count in counts.items():
        yield (day, *(count[name] for name in names))


KINDS: Mapping[str, Kind] = {
    "summary": Kind(
        (
            "day",
            "inbound",
            "outbound",
            "internal",
            "answered",
            "missed_count",
            "asa",
            "aht",
            "sl20",
            "voicemails",
            "sms",
        ),
        _summary,
    ),
    "calls": Kind(
        (
            *("at", "direction", "from", "from_name", "to", "outcome", "who", "queue"),
            *("ring_s", "talk_s", "waited_s", "mos"),
        ),
        _calls,
    ),
    "missed": Kind(("at", "from", "from_name", "number", "status", "status_at", "later_min"), missed.rows),
    "users": Kind(("who", "inbound", "outbound", "answered", "minutes", "rang", "untaken", "drop_off"), people.users),
    "groups": Kind(("group", "count", "answered", "missed_count", "voicemails"), people.groups),
    "numbers": Kind(
        (
            *("number", "label", "count", "answered", "missed_count", "voicemails", "minutes"),
            *("hung_up", "drop_off"),
        ),
        people.numbers,
    ),
    "queues": Kind(
        (
            *("queue", "count", "answered", "lost", "in_time", "wait_mean", "wait_max"),
            *("wait_p50", "wait_p90", "wait_p95"),
        ),
        people.queues,
    ),
    "quality": Kind(("kind", "name", "count", "measured", "mos", "mos_p5", "bad", "packets_lost", "jitter"), _quality),
    "messages": Kind(("day", "received", "sent", "delivered", "failed", "uncertain", "parts"), _messages),
}


def table(kind: str, source: Source) -> Table:
    """The report; its rows are made while they are taken."""
    words, found = WORDS[source.language], KINDS[kind]
    begin, end = (source.clock(at, "%Y-%m-%d %H:%M") for at in (source.since, source.until))
    about = f"{source.view.tenant.name}, {begin} – {end}"
    columns = tuple(words[name] for name in found.columns)
    return Table(words[kind], about, columns, found.rows(source), source.language)
