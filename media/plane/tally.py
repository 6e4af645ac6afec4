"""What the numpy engine writes into a leg's statistics: kernels/stats.c and kernels/level.c in plain Python."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.audio import level
from media.plane import records
from media.rtp.sequence import Sequence

LEVEL_EVERY = 4


def show_order(row: Any, order: Sequence) -> None:
    """Order, loss and bursts as they stand now."""
    row["rx_expected"], row["rx_counted"] = order.expected, order.counted
    row["duplicates"], row["reordered"] = order.duplicates, order.reordered
    row["rx_max_sequence"] = order.max_sequence & 0xFFFFFFFF
    for name in records.BURSTS:
        row[name] = getattr(order.bursts, name)


def is_measured(sequence: int) -> bool:
    return sequence % LEVEL_EVERY == 0


def measure(row: Any, sequence: int, samples: NDArray[np.int16]) -> None:
    """One packet of four, into `rx_level` or `tx_level`."""
    if not is_measured(sequence):
        return
    energy, count, silent, clipped = level.figures(samples)
    row["energy"] += energy
    row["samples"] += count
    row["packets"] += 1
    row["silent"] += silent
    row["clipped"] += clipped
