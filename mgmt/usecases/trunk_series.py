"""How a trunk went over a time, step by step: calls, ASR, and how its side sounded, for the plots of the quality lab. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from history.documents import Call, Leg

Document = dict[str, Any]


def series(
    calls: Iterable[Call], legs: Mapping[str, Sequence[Leg]], since: float, until: float, steps: int
) -> list[Document]:
    """So many steps of equal length, the oldest first; what nobody measured is None. legs: of calls, as far as they were read."""
    length_s = (until - since) / steps
    found: list[list[Call]] = [[] for _ in range(steps)]
    for call in calls:
        if since <= call.started_at < until:
            found[min(steps - 1, int((call.started_at - since) / length_s))].append(call)
    return [_step(since + at * length_s, some, legs) for at, some in enumerate(found)]


def _step(start: float, calls: Sequence[Call], legs: Mapping[str, Sequence[Leg]]) -> Document:
    answered = sum(one.answered_at is not None for one in calls)
    heard = [came for one in calls for came in _came(one, legs.get(one.id, ()))]
    packets, lost = (sum(came.get(name) or 0 for came in heard) for name in ("packets", "lost"))
    return {
        "start_at": start,
        "calls": len(calls),
        "answered": answered,
        "asr_percent": round(100 * answered / len(calls), 1) if calls else None,
        "mos": _mean([one.mos for one in calls if one.mos is not None]),
        "lost_percent": round(100 * lost / (packets + lost), 3) if packets + lost else None,
        "jitter_ms": _mean([came["jitter_ms"] for came in heard if came.get("jitter_ms") is not None]),
    }


def _came(call: Call, legs: Iterable[Leg]) -> list[Mapping[str, Any]]:
    """What came from the carrier's side of a call."""
    role = "caller" if call.direction == "inbound" else "callee"
    return [leg.quality["rx"] for leg in legs if leg.role == role and leg.quality.get("rx")]


def _mean(values: Sequence[float]) -> float | None:
    return round(fmean(values), 2) if values else None
