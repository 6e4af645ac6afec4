"""From the engine's running figures of one leg to what people read: a snapshot, and what happened between two of them.

A thousand legs have two hundred windows a second: a record is read at once, and every value is made once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from media.audio import level
from media.plane.events import DirectionStats
from media.plane.records import BURSTS, STATISTICS
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

    def since(self, before: Level) -> tuple[float | None, float | None, float | None]:
        """(dBov, per cent of packets that are silent, per mille of samples that are clipped); None where nothing was measured."""
        samples, packets = self.samples - before.samples, self.packets - before.packets
        return (
            level.dbov(self.energy - before.energy, samples),
            round(100 * (self.silent - before.silent) / packets, 1) if packets else None,
            round(1000 * (self.clipped - before.clipped) / samples, 2) if samples else None,
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
    rx_ssrc: int = 0
    tx_ssrc: int = 0
    rx_max_sequence: int = 0
    jitter_q4: int = 0
    tx_timestamp: int = 0
    last_tx_ns: int = 0
    playout_ms: int | None = None  # how far behind it is heard; None: it is relayed, and not heard here
    bursts: Figures = field(default_factory=Figures)
    rx_level: Level = field(default_factory=Level)
    tx_level: Level = field(default_factory=Level)


NOTHING = Snapshot()
"""Before a leg was opened."""

_NAMES = STATISTICS.names or ()
_AT = {name: place for place, name in enumerate(_NAMES)}
_RX_PACKETS, _TX_PACKETS, _TX_OCTETS = _AT["rx_packets"], _AT["tx_packets"], _AT["tx_octets"]
_EXPECTED, _COUNTED, _DUPLICATES = _AT["rx_expected"], _AT["rx_counted"], _AT["duplicates"]
_REORDERED, _LATE, _JITTER = _AT["reordered"], _AT["late"], _AT["jitter_q4"]
_FOREIGN, _MALFORMED, _CHANGES = _AT["foreign"], _AT["malformed"], _AT["ssrc_changes"]
_RX_SSRC, _TX_SSRC, _MAX_SEQUENCE = _AT["rx_ssrc"], _AT["tx_ssrc"], _AT["rx_max_sequence"]
_TX_TIMESTAMP, _LAST_TX, _PLAYOUT = _AT["tx_timestamp"], _AT["last_tx_ns"], _AT["playout_ms"]
_RX_LEVEL, _TX_LEVEL = _AT["rx_level"], _AT["tx_level"]
_BURSTS = slice(_AT[BURSTS[0]], _AT[BURSTS[-1]] + 1)


def snapshot(row: Any) -> Snapshot:
    """Of one record of records.STATISTICS."""
    values = row.tolist()
    duplicates, expected = values[_DUPLICATES], values[_EXPECTED]
    return Snapshot(
        rx_packets=values[_RX_PACKETS],
        lost=max(0, expected - values[_COUNTED] + duplicates),
        late=values[_LATE],
        duplicates=duplicates,
        reordered=values[_REORDERED],
        jitter_ms=round(values[_JITTER] / 16 / SAMPLES_PER_MS, 3),
        tx_packets=values[_TX_PACKETS],
        tx_octets=values[_TX_OCTETS],
        expected=expected,
        foreign=values[_FOREIGN],
        malformed=values[_MALFORMED],
        ssrc_changes=values[_CHANGES],
        rx_ssrc=values[_RX_SSRC],
        tx_ssrc=values[_TX_SSRC],
        rx_max_sequence=values[_MAX_SEQUENCE],
        jitter_q4=values[_JITTER],
        tx_timestamp=values[_TX_TIMESTAMP],
        last_tx_ns=values[_LAST_TX],
        playout_ms=values[_PLAYOUT] or None,
        bursts=Figures(*values[_BURSTS]),
        rx_level=Level(*values[_RX_LEVEL]),
        tx_level=Level(*values[_TX_LEVEL]),
    )


def heard_between(before: Snapshot, after: Snapshot, packet_ms: float) -> DirectionStats:
    """What was received between two moments. A late packet that fills an earlier loss can not make loss negative."""
    bursts = after.bursts.since(before.bursts)
    level_dbov, silent_percent, clipped_permille = after.rx_level.since(before.rx_level)
    return DirectionStats(
        packets=after.rx_packets - before.rx_packets,
        lost=max(0, after.lost - before.lost),
        late=after.late - before.late,
        duplicates=after.duplicates - before.duplicates,
        reordered=after.reordered - before.reordered,
        jitter_ms=after.jitter_ms,
        level_dbov=level_dbov,
        silent_percent=silent_percent,
        clipped_permille=clipped_permille,
        ssrc_changes=after.ssrc_changes - before.ssrc_changes,
        burst_density=_rounded(bursts.burst_density),
        gap_density=_rounded(bursts.gap_density),
        burst_ms=_milliseconds(bursts.burst_packets_mean, packet_ms),
        gap_ms=_milliseconds(bursts.gap_packets_mean, packet_ms),
        burst_ratio=_rounded(bursts.burst_ratio),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _milliseconds(packets: float | None, packet_ms: float) -> float | None:
    return None if packets is None else round(packets * packet_ms, 1)
