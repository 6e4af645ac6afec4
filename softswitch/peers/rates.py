"""How often a source may ask: token buckets by kind of request and source address (RFC 3261 26.3.2.4 and common sense).

Up to its rate a source is heard; up to twice its rate it is told to come back (503); what is more is dropped unanswered,
so that a spoofed flood reflects no more than that. An IPv6 source is its /64. Trunks and trusted networks do not come here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from softswitch.peers.limits import BURST_S, SOURCES_MAX

K = TypeVar("K")


class Rated(Enum):
    """What a rate says of one request."""

    HEARD = "heard"
    REFUSED = "refused"
    DROPPED = "dropped"


@dataclass(slots=True)
class _Bucket:
    at: float
    heard: float
    refused: float


class Rates(Generic[K]):
    """Buckets of `per_s` by kind; each holds `BURST_S` seconds of it. The source that was silent longest is forgotten."""

    def __init__(self, per_s: Mapping[K, float]) -> None:
        self._per_s = dict(per_s)
        self._buckets: dict[tuple[K, str], _Bucket] = {}

    def take(self, kind: K, source: str, now: float) -> Rated:
        """Counts one request of a source (`guard.source_of`). A kind without a rate is always heard."""
        rate = self._per_s.get(kind)
        if rate is None:
            return Rated.HEARD
        full = rate * BURST_S
        bucket = self._buckets.pop((kind, source), None)
        if bucket is None:
            bucket = _Bucket(now, full, full)
        grown = (now - bucket.at) * rate
        bucket.at = now
        bucket.heard, bucket.refused = min(full, bucket.heard + grown), min(full, bucket.refused + grown)
        self._buckets[kind, source] = bucket
        if len(self._buckets) > SOURCES_MAX:
            del self._buckets[next(iter(self._buckets))]
        if bucket.heard >= 1:
            bucket.heard -= 1
            return Rated.HEARD
        if bucket.refused >= 1:
            bucket.refused -= 1
            return Rated.REFUSED
        return Rated.DROPPED

    def __len__(self) -> int:
        return len(self._buckets)
