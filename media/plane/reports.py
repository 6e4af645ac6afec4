"""From the engine's running figures to what people read: five-second windows, the leg's totals, RTCP report blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from media.audio import level
from media.plane.events import DirectionStats, LegStatistics
from media.rtp import rtcp

SAMPLES_PER_MS = 8


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One leg's running figures at one moment; counts since the leg was opened."""

    rx_packets: int = 0
    lost: int = 0
    late: int = 0
    duplicates: int = 0
    reordered: int = 0
    jitter_ms: float = 0.0
    energy: int = 0
    energy_samples: int = 0
    tx_packets: int = 0
    tx_octets: int = 0
    expected: int = 0
    foreign: int = 0
    malformed: int = 0


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
        energy=int(row["energy"]),
        energy_samples=int(row["energy_samples"]),
        tx_packets=int(row["tx_packets"]),
        tx_octets=int(row["tx_octets"]),
        expected=int(row["rx_expected"]),
        foreign=int(row["foreign"]),
        malformed=int(row["malformed"]),
    )


def heard_between(before: Snapshot, after: Snapshot) -> DirectionStats:
    """What was received between two moments. A late packet that fills an earlier loss can not make loss negative."""
    return DirectionStats(
        packets=after.rx_packets - before.rx_packets,
        lost=max(0, after.lost - before.lost),
        late=after.late - before.late,
        duplicates=after.duplicates - before.duplicates,
        reordered=after.reordered - before.reordered,
        jitter_ms=after.jitter_ms,
        level_dbov=level.dbov(after.energy - before.energy, after.energy_samples - before.energy_samples),
    )


class LegReports:
    """One leg's windows and what its far end reports of our stream."""

    def __init__(self, opened_at: float) -> None:
        self._opened_at = opened_at
        self._window_at = opened_at
        self._window = Snapshot()
        self._reported = Snapshot()
        self._peer_lost = 0
        self._window_peer_lost = 0
        self._peer_jitter_ms = 0.0
        self._last_sr = 0
        self._last_sr_at = 0.0

    def age(self, now: float) -> float:
        """Seconds since the last window."""
        return now - self._window_at

    def window(self, after: Snapshot, now: float) -> tuple[float, DirectionStats, DirectionStats]:
        """(seconds, rx, tx) since the last window, which this one ends."""
        seconds, rx = round(now - self._window_at, 3), heard_between(self._window, after)
        tx = self._sent(self._window, after, self._window_peer_lost)
        self._window, self._window_at, self._window_peer_lost = after, now, self._peer_lost
        return seconds, rx, tx

    def total(self, after: Snapshot, now: float) -> LegStatistics:
        """The whole leg."""
        rx, tx = heard_between(Snapshot(), after), self._sent(Snapshot(), after, 0)
        return LegStatistics(round(now - self._opened_at, 3), rx, tx, after.foreign, after.malformed)

    def _sent(self, before: Snapshot, after: Snapshot, lost_before: int) -> DirectionStats:
        return DirectionStats(
            packets=after.tx_packets - before.tx_packets,
            lost=max(0, self._peer_lost - lost_before),
            jitter_ms=self._peer_jitter_ms,
        )

    def heard_report(self, report: rtcp.Report, our_ssrc: int, now: float) -> None:
        """The far end's RTCP: keep what it says of our stream, and when, for our own answer."""
        if report.sender is not None:
            self._last_sr, self._last_sr_at = report.sender.ntp >> 16 & 0xFFFFFFFF, now
        for block in report.blocks:
            if block.ssrc == our_ssrc:
                self._peer_lost = max(0, block.lost)
                self._peer_jitter_ms = round(min(block.jitter, 8 * 60_000) / SAMPLES_PER_MS, 3)

    def our_report(self, row: Any, wall: float, now: float) -> rtcp.Report | None:
        """The RTCP report due now, of one record of records.STATISTICS. None: a far end never heard is left in peace."""
        after = snapshot(row)
        sender = None
        if after.tx_packets > self._reported.tx_packets:
            stamp = int(row["tx_timestamp"])
            sender = rtcp.SenderInfo(rtcp.ntp_time(wall), stamp, after.tx_packets, after.tx_octets)
        blocks: tuple[rtcp.Block, ...] = ()
        if after.rx_packets > 0:
            blocks = (self._block(row, after, now),)
        elif sender is None:
            return None
        self._reported = after
        return rtcp.Report(int(row["tx_ssrc"]), sender, blocks)

    def _block(self, row: Any, after: Snapshot, now: float) -> rtcp.Block:
        expected = after.expected - self._reported.expected
        lost = max(0, after.lost - self._reported.lost)
        fraction = min(255, lost * 256 // expected) if expected > 0 else 0
        since = min(0xFFFFFFFF, int((now - self._last_sr_at) * 65536)) if self._last_sr else 0
        highest, jitter = int(row["rx_max_sequence"]), int(row["jitter_q4"]) >> 4
        return rtcp.Block(int(row["rx_ssrc"]), fraction, after.lost, highest, jitter, self._last_sr, since)
