"""Calls added up by who had them: people, the company's numbers, groups, queues. A call is counted once in each of these.

Drop-off is the share of callers who gave up: of a number, those who hung up before anybody answered; of a person, the calls that
rang there and that nobody took, there or elsewhere.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from history.documents import Call, Leg
from mgmt.reports.source import Source
from mgmt.reports.table import Cell
from quality.blame.score_card import percentile

Rows = Iterator[tuple[Cell, ...]]


@dataclass(slots=True)
class Sum:
    """What is added up."""

    calls: int = 0
    inbound: int = 0
    outbound: int = 0
    answered: int = 0
    missed: int = 0
    hung_up: int = 0
    voicemail: int = 0
    talk_ms: int = 0
    waited: int = 0
    waited_ms: int = 0
    waited_ms_max: int = 0
    in_time: int = 0

    def add(self, call: Call) -> None:
        """One call."""
        self.calls += 1
        self.inbound += call.direction == "inbound"
        self.outbound += call.direction == "outbound"
        self.answered += call.outcome == "answered"
        self.missed += call.outcome in ("missed", "abandoned")
        self.hung_up += call.outcome == "abandoned"
        self.voicemail += call.outcome == "voicemail"
        self.talk_ms += call.talk_ms


def minutes(ms: int) -> float:
    """With one digit."""
    return round(ms / 60_000, 1)


def percent(part: int, whole: int) -> float | None:
    """With one digit; None of none."""
    return round(100 * part / whole, 1) if whole else None


def _by(source: Source, key_of: Callable[[Call], str | None]) -> dict[str, Sum]:
    found: dict[str, Sum] = defaultdict(Sum)
    for call in source.calls():
        key = key_of(call)
        if key is not None:
            found[key].add(call)
    return found


def users(source: Source) -> Rows:
    """Name, calls answered and made, minutes; calls that rang there, those of them that nobody took."""
    found: dict[str, Sum] = defaultdict(Sum)
    rang, untaken = Counter[str](), Counter[str]()
    for call, legs in source.calls_with_legs():
        if call.who is not None:
            found[call.who].add(call)
        there = _rang(source, legs) if call.direction != "outbound" else set()
        rang.update(there)
        untaken.update(there if call.outcome != "answered" else ())
    for who in sorted({*found, *rang}):
        sum, user = found[who], source.view.users.get(who)
        yield (
            user.name if user is not None else who,
            sum.inbound,
            sum.outbound,
            sum.answered,
            minutes(sum.talk_ms),
            rang[who],
            untaken[who],
            percent(untaken[who], rang[who]),
        )


def _rang(source: Source, legs: Iterable[Leg]) -> set[str]:
    """The people at whose telephones it rang."""
    devices = [source.view.devices.get(leg.device or "") for leg in legs if leg.role == "callee"]
    return {one.user for one in devices if one is not None}


def numbers(source: Source) -> Rows:
    """Inbound calls by the number that was called."""
    found = _by(source, lambda call: call.to if call.direction == "inbound" else None)
    for number, sum in sorted(found.items()):
        known = source.view.numbers.get(number)
        label = (known.label if known is not None else "") or None
        lost = sum.hung_up, percent(sum.hung_up, sum.calls)
        yield number, label, sum.calls, sum.answered, sum.missed, sum.voicemail, minutes(sum.talk_ms), *lost


def groups(source: Source) -> Rows:
    """What came for a group, by its activities."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for activity in source.activities("call", "missed_call", "voicemail"):
        if activity.group is not None:
            counts[activity.group][activity.kind] += 1
    for id, kinds in sorted(counts.items()):
        group = source.view.groups.get(id)
        name = group.name if group is not None else id
        yield name, sum(kinds.values()), kinds["call"], kinds["missed_call"], kinds["voicemail"]


def queues(source: Source) -> Rows:
    """Who waited, how long, and how many were answered within what the queue promises."""
    found: dict[str, Sum] = defaultdict(Sum)
    waits: dict[str, array[float]] = defaultdict(lambda: array("d"))
    for call in source.calls():
        if call.queue is None:
            continue
        sum, waited_ms = found[call.queue], call.waited_ms or 0
        waits[call.queue].append(waited_ms / 1000)
        sum.add(call)
        sum.waited_ms += waited_ms
        sum.waited_ms_max = max(sum.waited_ms_max, waited_ms)
        queue = source.view.queues.get(call.queue)
        sum.in_time += call.outcome == "answered" and queue is not None and waited_ms <= queue.sla_s * 1000
    for id, sum in sorted(found.items()):
        queue = source.view.queues.get(id)
        yield (
            queue.name if queue is not None else id,
            sum.calls,
            sum.answered,
            sum.calls - sum.answered,
            round(100 * sum.in_time / sum.calls, 1),
            round(sum.waited_ms / sum.calls / 1000, 1),
            round(sum.waited_ms_max / 1000, 1),
            *(round(percentile(waits[id], share) or 0.0, 1) for share in (0.5, 0.9, 0.95)),
        )
