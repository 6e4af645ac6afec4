"""From the engine's running figures of one leg to what people read: a snapshot, and what happened between two of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from media.audio import level
from media.plane.events import DirectionStats
from media.plane.records import BURSTS
from media.rtp.bursts import Figures

SAMPLES_PER_MS = 8


@dataclass(frozen=True, slots=True)
class Level:
    """One direction's loudness, of the packets that were measured."""

    energy: int = 0
    samples: int = 0
    packets: int = 0
    silent: int = 0
    clipped: int = 0

    def told(self, stats: DirectionStats, before: Level) -> DirectionStats:
        """The statistics with loudness since an earlier moment; None where nothing was measured."""
        samples, packets = self.samples - before.samples, self.packets - before.packets
        return replace(
            stats,
            level_dbov=level.dbov(self.energy - before.energy, samples),
            silent_percent=round(100 * (self.silent - before.silent) / packets, 1) if packets else None,
            clipped_permille=round(1000 * (self.clipped - before.clipped) / samples, 2) if samples else None,
        )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One leg's running figures at one moment; counts since the leg was opened."""

    rx_packets: int = 0
    lost: int = 0
    late: int = 0
    duplicates: int = 0
    reordered: int = 0
    jitter_ms: float = 0.0
    tx_packets: int = 0
    tx_octets: int = 0
    expected: int = 0
    foreign: int = 0
    malformed: int = 0
    ssrc_changes: int = 0
    bursts: Figures = field(default_factory=Figures)
    rx_level: Level = field(default_factory=Level)
    tx_level: Level = field(default_factory=Level)


def snapshot(row: Any) -> Snapshot:
    """Of one record of records.STATISTICS."""
    heard = int(row["rx_counted"]) - int(row["duplicates"])
    return Snapshot(
        rx_packets=int(row["rx_packets"]),
        lost=max(0, int(row["rx_expected"]) - heard),
        late=int(row["late"]),
        duplicates=int(row["duplicates"]),
        reordered=int(row["reordered"]),
        jitter_ms=round(int(row["jitter_q4"]) / 16 / SAMPLES_PER_MS, 3),
        tx_packets=int(row["tx_packets"]),
        tx_octets=int(row["tx_octets"]),
        expected=int(row["rx_expected"]),
        foreign=int(row["foreign"]),
        malformed=int(row["malformed"]),
        ssrc_changes=int(row["ssrc_changes"]),
        bursts=Figures(*(int(row[name]) for name in BURSTS)),
        rx_level=Level(*row["rx_level"].tolist()),
        tx_level=Level(*row["tx_level"].tolist()),
    )


def heard_between(before: Snapshot, after: Snapshot, packet_ms: float) -> DirectionStats:
    """What was received between two moments. A late packet that fills an earlier loss can not make loss negative."""
    bursts = after.bursts.since(before.bursts)
    stats = DirectionStats(
        packets=after.rx_packets - before.rx_packets,
        lost=max(0, after.lost - before.lost),
        late=after.late - before.late,
        duplicates=after.duplicates - before.duplicates,
        reordered=after.reordered - before.reordered,
        jitter_ms=after.jitter_ms,
        ssrc_changes=after.ssrc_changes - before.ssrc_changes,
        burst_density=_rounded(bursts.burst_density),
        gap_density=_rounded(bursts.gap_density),
        burst_ms=_milliseconds(bursts.burst_packets_mean, packet_ms),
        gap_ms=_milliseconds(bursts.gap_packets_mean, packet_ms),
        burst_ratio=_rounded(bursts.burst_ratio),
    )
    return after.rx_level.told(stats, before.rx_level)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _milliseconds(packets: float | None, packet_ms: float) -> float | None:
    return None if packets is None else round(packets * packet_ms, 1)
