"""Calls counted up by who carried them: trunk, number range, site, device, codec, hour; bad ones weigh, not the mean of all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from quality.blame.sides import Conversation, Kind, Side
from quality.blame.verdict import verdicts

BAD_MOS = 3.1
RANGE_CHARS = 6

Keys = Callable[[Conversation, Side], str | None]


@dataclass(frozen=True, slots=True)
class Row:
    """`mos_p5`: one call of twenty is worse. `measured` of `calls` had a score: what was not measured is in no mean."""

    key: str
    calls: int
    measured: int
    minutes: float
    mos: float | None
    mos_p5: float | None
    bad_percent: float | None
    lost_percent: float | None
    jitter_ms: float | None
    culprits: tuple[tuple[str, int], ...]
    faults: tuple[tuple[str, int], ...]

    def to_document(self) -> dict[str, Any]:
        """JSON."""
        document: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        document["culprits"], document["faults"] = dict(self.culprits), dict(self.faults)
        return document


def _trunk(_: Conversation, side: Side) -> str | None:
    return side.name if side.kind is Kind.TRUNK else None


def _range(call: Conversation, side: Side) -> str | None:
    return f"{call.number[:RANGE_CHARS]}…" if side.kind is Kind.TRUNK and call.number else None


GROUPS: tuple[tuple[str, Keys], ...] = (
    ("trunk", _trunk),
    ("range", _range),
    ("site", lambda _, side: side.site if side.kind is Kind.PHONE else None),
    ("device", lambda _, side: (side.device or side.name) if side.kind is Kind.PHONE else None),
    ("codec", lambda _, side: side.codec),
    ("hour", lambda call, _: f"{call.hour:02d}"),
)


def score_card(calls: Iterable[Conversation]) -> dict[str, tuple[Row, ...]]:
    """Rows of each group, the worst first (by hour: in order)."""
    kept: dict[str, dict[str, dict[str, tuple[Conversation, Side]]]] = {name: defaultdict(dict) for name, _ in GROUPS}
    for call in calls:
        for side in call.sides:
            for name, key_of in GROUPS:
                key = key_of(call, side)
                if key is not None:
                    before = kept[name][key].get(call.call)
                    if before is None or _worse(side, before[1]):
                        kept[name][key][call.call] = call, side
    card = {}
    for name, groups in kept.items():
        rows = [_row(key, list(found.values())) for key, found in groups.items()]
        card[name] = tuple(sorted(rows, key=lambda row: row.key if name == "hour" else (row.mos_p5 or 9, row.key)))
    return card


def _worse(side: Side, other: Side) -> bool:
    return (side.mos if side.mos is not None else 9) < (other.mos if other.mos is not None else 9)


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value that `share` of them do not exceed; None of none."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else None


def _row(key: str, found: list[tuple[Conversation, Side]]) -> Row:
    scores = [side.mos for _, side in found if side.mos is not None]
    came = [side.came for _, side in found if side.came is not None and side.came.packets]
    packets = sum(one.packets for one in came)
    blamed = Counter(verdict.culprit.value for call, _ in found for verdict in verdicts(call)[:1])
    heard = Counter(fault for _, side in found for fault in side.faults)
    p5 = percentile(scores, 0.05)
    return Row(
        key=key,
        calls=len(found),
        measured=len(scores),
        minutes=round(sum(call.seconds for call, _ in found) / 60, 1),
        mos=round(sum(scores) / len(scores), 2) if scores else None,
        mos_p5=None if p5 is None else round(p5, 2),
        bad_percent=round(100 * sum(one < BAD_MOS for one in scores) / len(scores), 1) if scores else None,
        lost_percent=round(sum(one.lost_percent * one.packets for one in came) / packets, 2) if packets else None,
        jitter_ms=round(sum(one.jitter_ms * one.packets for one in came) / packets, 1) if packets else None,
        culprits=tuple(blamed.most_common()),
        faults=tuple(heard.most_common(5)),
    )
