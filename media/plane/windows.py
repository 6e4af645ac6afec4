"""The windows of five seconds of all legs: those that are due are read, reckoned and told together.

A thousand legs have two hundred windows a second. One by one they took as much as a tenth of what their packets do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.plane import columns, limits
from media.plane.columns import AT, Columns, Counts
from media.plane.events import Windows
from media.plane.legs import Leg
from media.plane.reports import FarEnd

Tell = Callable[[object | None, Windows], None]
AT_ONCE_MAX, IN_A_LINE_MAX = 200, 100
"""More would hold up the reactor, and who listens; the others wait for the next round, and so does their next window."""


class LegWindows:
    """`statistics`: the engine's. Times are seconds of its clock."""

    def __init__(self, statistics: NDArray[Any], tell: Tell) -> None:
        self._statistics = statistics
        self._tell = tell
        self._began = np.full(len(statistics), np.inf)  # infinite: there is no leg
        self._before: Counts = np.zeros((len(statistics), len(AT)), np.int64)
        self._far_before = np.zeros((len(statistics), 2), np.int64)  # lost, reports

    def begin(self, index: int, now: float) -> None:
        """A leg opens."""
        self._began[index], self._before[index], self._far_before[index] = now, 0, 0

    def end(self, index: int) -> None:
        """There are no more windows of this leg."""
        self._began[index] = np.inf

    def due(self, now: float) -> list[int]:
        """The places of legs whose window is over, the oldest first."""
        over = np.flatnonzero(self._began <= now - limits.statistics_period_s)
        if len(over) > AT_ONCE_MAX:
            over = over[np.argsort(self._began[over], kind="stable")[:AT_ONCE_MAX]]
        return list(over.tolist())

    def tell(self, legs: Iterable[Leg], now: float, at: float) -> None:
        """End the windows of these legs now, which is `at` of the wall clock; each owner is told of its own."""
        owners: dict[object, list[Leg]] = {}
        for leg in legs:
            owners.setdefault(leg.owner, []).append(leg)
        for owner, its in owners.items():
            for first in range(0, len(its), IN_A_LINE_MAX):
                self._tell(owner, self._close(its[first : first + IN_A_LINE_MAX], now, at))

    def _close(self, legs: list[Leg], now: float, at: float) -> Windows:
        places = [leg.handle.index for leg in legs]
        before, after = self._before[places], columns.counts_of(self._statistics[places])
        far = [leg.reports.far for leg in legs]
        packet_ms = np.array([leg.reports.packet_ms for leg in legs])
        rx = columns.heard_between(before, after, packet_ms)
        tx = sent_between(before, after, far, self._far_before[places].tolist())
        seconds = (now - self._began[places]).round(3).tolist()
        self._before[places], self._began[places] = after, now
        self._far_before[places] = [(one.lost, one.reports) for one in far]
        return Windows(at, [leg.name for leg in legs], seconds, rx, tx, [one.rtt_ms for one in far])


def sent_between(before: Counts, after: Counts, far: list[FarEnd], far_before: list[list[int]]) -> Columns:
    """What was sent between two moments, and what the far ends told of it."""
    since = after - before
    packets = since[:, AT["tx_packets"]].tolist()
    metrics = [one.metrics for one in far]
    return {
        "packets": packets,
        "lost": [max(0, one.lost - lost) for one, (lost, _) in zip(far, far_before, strict=True)],
        "late": [0 if m is None else m.discard_rate * sent // 256 for m, sent in zip(metrics, packets, strict=True)],
        "jitter_ms": [one.jitter_ms for one in far],
        **columns.loudness(since, "tx_level"),
        "burst_density": [None if m is None else round(m.burst_density / 256, 4) for m in metrics],
        "gap_density": [None if m is None else round(m.gap_density / 256, 4) for m in metrics],
        "burst_ms": [None if m is None else float(m.burst_ms) for m in metrics],
        "gap_ms": [None if m is None else float(m.gap_ms) for m in metrics],
        "reports": [one.reports - reports for one, (_, reports) in zip(far, far_before, strict=True)],
    }
