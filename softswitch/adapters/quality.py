"""Scores of the media plane's five-second windows: one record each, a summary a leg, `None` where nothing was measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from media.plane.events import DirectionStats, LegStatistics, Window
from quality.bands import Band, mos_in
from quality.recency import Stretch, remembered
from quality.window import Score, score_window

MEASURED = (
    "duplicates",
    "reordered",
    "ssrc_changes",
    "level_dbov",
    "silent_percent",
    "clipped_permille",
    "burst_density",
    "gap_density",
    "burst_ms",
    "gap_ms",
    "burst_ratio",
)
"""What a record takes from the statistics as it is."""


@dataclass(slots=True)
class _Direction:
    """The scores of one direction, in order; those of another band than the last do not compare with it."""

    scores: list[float] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    band: Band | None = None

    def add(self, score: Score, seconds: float) -> None:
        if score.mos is None or score.r is None:
            return
        if score.band is not self.band:
            self.band = score.band
            self.stretches.clear()
        self.scores.append(score.mos)
        self.stretches.append(Stretch(seconds, score.r))

    def summary(self, total: DirectionStats) -> dict[str, Any]:
        mean = sum(self.scores) / len(self.scores) if self.scores else None
        recalled = remembered(self.stretches)
        return {
            "packets": total.packets,
            "lost": total.lost,
            "late": total.late,
            "jitter_ms": round(total.jitter_ms, 2),
            "mos": None if mean is None else round(mean, 2),
            "mos_min": round(min(self.scores), 2) if self.scores else None,
            "mos_remembered": None if recalled is None or self.band is None else round(mos_in(self.band, recalled), 2),
        }


@dataclass(slots=True)
class _Leg:
    call: str
    tenant: str
    codec: str
    rx: _Direction = field(default_factory=_Direction)
    tx: _Direction = field(default_factory=_Direction)
    windows: int = 0


class Quality:
    """Keeps the scores of the legs that live; `write` takes the spool records."""

    def __init__(self, write: Callable[[Mapping[str, Any]], None]) -> None:
        self._write = write
        self._legs: dict[str, _Leg] = {}

    def connected(self, leg: str, call: str, tenant: str, codec: str) -> None:
        """A leg's codec is known (again)."""
        known = self._legs.get(leg)
        if known is None:
            self._legs[leg] = _Leg(call, tenant, codec)
        else:
            known.codec = codec

    def moved(self, leg: str, call: str) -> None:
        """A leg is in another call from now."""
        if leg in self._legs:
            self._legs[leg].call = call

    def window(self, window: Window) -> float | None:
        """Score both directions of a window; returns the worse MOS, None when nothing was measured."""
        leg = self._legs.get(window.leg)
        if leg is None:
            return None
        measured = []
        for name, stats, keeper in (("rx", window.rx, leg.rx), ("tx", window.tx, leg.tx)):
            score = self._score(leg.codec, name, stats, window.rtt_ms)
            self._write(self._record(window, leg, name, stats, score))
            keeper.add(score, window.seconds)
            if score.mos is not None:
                measured.append(score.mos)
        leg.windows += 1
        return min(measured) if measured else None

    @staticmethod
    def _score(codec: str, direction: str, stats: DirectionStats, rtt_ms: float | None) -> Score:
        """What we sent is only known to its receiver: without its reports there is no MOS of it."""
        if direction == "tx" and stats.reports == 0:
            return Score(None, None, "no report from the receiver")
        heard = max(0, stats.packets - stats.lost) if direction == "tx" else stats.packets
        delay_ms = None if rtt_ms is None else rtt_ms / 2
        late = stats.late if direction == "rx" else None
        return score_window(codec, heard, stats.lost, late, stats.jitter_ms, delay_ms, stats.burst_ratio)

    @staticmethod
    def _record(window: Window, leg: _Leg, direction: str, stats: DirectionStats, score: Score) -> dict[str, Any]:
        return {
            "kind": "quality",
            "id": f"{window.leg}-{leg.windows}-{direction}",
            "call": leg.call,
            "tenant": leg.tenant,
            "leg": window.leg,
            "at": window.at,
            "seconds": window.seconds,
            "direction": direction,
            "packets": stats.packets,
            "lost": stats.lost,
            "late": stats.late,
            "jitter_ms": round(stats.jitter_ms, 2),
            "rtt_ms": window.rtt_ms,
            **{name: getattr(stats, name) for name in MEASURED},
            "mos": None if score.mos is None else round(score.mos, 2),
            "r": None if score.r is None else round(score.r, 1),
            "band": None if score.band is None else score.band.name.lower(),
            "reason": score.reason,
        }

    def closed(self, leg_id: str, total: LegStatistics | None) -> tuple[dict[str, Any], float | None]:
        """A leg is over: its summary by direction and its worst mean MOS."""
        leg = self._legs.pop(leg_id, None)
        if leg is None or total is None:
            return {}, None
        summary = {"rx": leg.rx.summary(total.rx), "tx": leg.tx.summary(total.tx)}
        measured = [one["mos"] for one in summary.values() if one["mos"] is not None]
        return summary, min(measured) if measured else None
