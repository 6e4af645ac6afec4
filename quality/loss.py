"""Bursts and gaps of packet loss (RFC 3611 4.7.2) and the burst ratio of the E-model (G.107 3.6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

G_MIN = 16


@dataclass(frozen=True, slots=True)
class Bursts:
    """Densities are fractions of packets lost, durations mean packets. None: there was no burst, or no gap."""

    burst_density: float | None
    gap_density: float | None
    burst_packets: float | None
    gap_packets: float | None


def split(lost: Sequence[bool], g_min: int = G_MIN) -> Bursts:
    """A burst begins and ends with a loss and has fewer than `g_min` received packets in a row; the rest is gap."""
    spans = _bursts([i for i, gone in enumerate(lost) if gone], g_min)
    in_burst = sum(end - start + 1 for start, end in spans)
    lost_in_burst = sum(sum(lost[start : end + 1]) for start, end in spans)
    gap = len(lost) - in_burst
    gaps = len(spans) + 1 if gap else 0
    return Bursts(
        lost_in_burst / in_burst if spans else None,
        (sum(lost) - lost_in_burst) / gap if gap else None,
        in_burst / len(spans) if spans else None,
        gap / gaps if gaps else None,
    )


def _bursts(at: Sequence[int], g_min: int) -> list[tuple[int, int]]:
    """Runs of losses closer than `g_min` received packets; a loss alone is no burst."""
    spans: list[tuple[int, int]] = []
    for index in at:
        if spans and index - spans[-1][1] - 1 < g_min:
            spans[-1] = (spans[-1][0], index)
        else:
            spans.append((index, index))
    return [(start, end) for start, end in spans if end > start]


def burst_ratio(lost: Sequence[bool]) -> float | None:
    """Mean length of the runs of loss over what random loss of that rate would give; None without loss."""
    runs, length = [], 0
    for gone in (*lost, False):
        if gone:
            length += 1
        elif length:
            runs.append(length)
            length = 0
    if not runs or len(lost) == sum(lost):
        return None
    return (sum(runs) / len(runs)) * (1 - sum(lost) / len(lost))
