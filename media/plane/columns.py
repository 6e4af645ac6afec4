"""The engine's running figures of many legs at once: one row a leg, one column a figure. What figures.py does for one leg."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from media.audio import level
from media.plane.figures import SAMPLES_PER_MS
from media.plane.records import LEVEL, STATISTICS
from media.rtp.bursts import Figures

Counts = NDArray[np.int64]  # (legs, figures)
Columns = dict[str, list[Any]]  # of events.DirectionStats; NaN = not measured
SIZES: tuple[np.dtype[Any], ...] = np.dtype(np.uint64), np.dtype(np.uint32), np.dtype(np.uint16)


def _figures(kind: np.dtype[Any], at: int = 0, of: str = "") -> Iterator[tuple[str, int, int]]:
    """(name, offset, size) of each figure of a record, those of a record in it by both names."""
    for name in kind.names or ():
        part, offset = cast(Any, kind.fields)[name][:2]
        if part.names is None:
            yield of + name, at + offset, part.itemsize
        else:
            yield from _figures(part, at + offset, f"{name}.")


_PLACES = [
    {name: at // kind.itemsize for name, at, size in _figures(STATISTICS) if size == kind.itemsize} for kind in SIZES
]
AT = {name: column for column, name in enumerate(name for places in _PLACES for name in places)}
_COLUMNS = [list(places.values()) for places in _PLACES]
_BURSTS = [AT[name] for name in Figures.__slots__]
_LEVELS = {way: [AT[f"{way}.{part}"] for part in LEVEL.names or ()] for way in ("rx_level", "tx_level")}
_LOST = AT["rx_expected"], AT["rx_counted"], AT["duplicates"]


def counts_of(rows: NDArray[Any]) -> Counts:
    """Of records of STATISTICS, which lie one after the other."""
    parts = [rows.view(kind).reshape(len(rows), -1)[:, columns] for kind, columns in zip(SIZES, _COLUMNS, strict=True)]
    return np.concatenate(parts, axis=1, dtype=np.int64, casting="unsafe")


def lost(counts: Counts) -> NDArray[np.int64]:
    """Since the legs were opened."""
    expected, counted, duplicates = (counts[:, column] for column in _LOST)
    return np.asarray(np.maximum(0, expected - counted + duplicates))


def heard_between(before: Counts, after: Counts, packet_ms: NDArray[np.float64]) -> Columns:
    """What was received between two moments: figures.heard_between of each leg."""
    since = after - before
    return {
        **{name: since[:, AT[column]].tolist() for name, column in _COUNTED},
        "lost": np.maximum(0, lost(after) - lost(before)).tolist(),
        "jitter_ms": (after[:, AT["jitter_q4"]] / (16 * SAMPLES_PER_MS)).round(3).tolist(),
        **loudness(since, "rx_level"),
        **_bursts(since, packet_ms),
    }


_COUNTED = (
    ("packets", "rx_packets"),
    ("late", "late"),
    ("duplicates", "duplicates"),
    ("reordered", "reordered"),
    ("ssrc_changes", "ssrc_changes"),
)


def loudness(since: Counts, direction: str) -> Columns:
    """Of "rx_level" or "tx_level", of the packets that were measured."""
    energy, samples, packets, silent, clipped = since[:, _LEVELS[direction]].T
    loud = energy > 0
    dbov = np.where(samples == 0, np.nan, -127.0)
    dbov[loud] = np.maximum(-127.0, 10 * np.log10(_ratio(energy[loud], samples[loud]) / level.FULL_SCALE_POWER))
    return {
        "level_dbov": dbov.round(1).tolist(),
        "silent_percent": _ratio(100 * silent, packets).round(1).tolist(),
        "clipped_permille": _ratio(1000 * clipped, samples).round(2).tolist(),
    }


def _bursts(since: Counts, packet_ms: NDArray[np.float64]) -> Columns:
    """See media.rtp.bursts.Figures."""
    judged, gone, gone_runs, bursts, burst_packets, burst_gone = since[:, _BURSTS].T
    gap = np.maximum(0, judged - burst_packets)
    with_some_left = np.where(gone < judged, gone_runs, 0)
    return {
        "burst_density": _ratio(burst_gone, burst_packets).round(4).tolist(),
        "gap_density": _ratio(gone - burst_gone, gap).round(4).tolist(),
        "burst_ms": (_ratio(burst_packets, bursts) * packet_ms).round(1).tolist(),
        "gap_ms": (np.where(gap > 0, _ratio(gap, bursts + 1), np.nan) * packet_ms).round(1).tolist(),
        "burst_ratio": (_ratio(gone, with_some_left) * (1 - _ratio(gone, judged))).round(4).tolist(),
    }


def _ratio(part: NDArray[Any], whole: NDArray[Any]) -> NDArray[np.float64]:
    """NaN where the whole is nothing."""
    out = np.full(len(part), np.nan)
    return np.asarray(np.divide(part, whole, out=out, where=whole != 0))
