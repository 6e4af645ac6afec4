"""Concealment of what is missing in 8 kHz speech: the last pitch period again and again, fading to silence within 60 ms.

After a gap the true samples are faded in over what would have followed. In the way of ITU-T G.711 Appendix I, without its delay.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

PERIOD_MIN, PERIOD_MAX = 40, 120  # 200 Hz to 66 Hz
COMPARED = 160
HISTORY = PERIOD_MAX + COMPARED
FULL, SILENT = 80, 480  # samples of a gap until it begins to fade, until it is silent
OVERLAP = 32


def period_of(history: Samples) -> int:
    """The pitch period, in samples, at the end of (HISTORY,) samples."""
    sound = history.astype(np.float64)
    last = sound[-COMPARED:]
    shifted = np.lib.stride_tricks.sliding_window_view(sound[:-PERIOD_MIN], COMPARED)[::-1]
    likeness = shifted @ last / np.sqrt((shifted**2).sum(axis=1) + 1.0)
    return PERIOD_MIN + int(np.argmax(likeness))


class Concealer:
    """Fills the gaps of one stream."""

    def __init__(self) -> None:
        self._history = np.zeros(HISTORY, np.int16)
        self._period = 0
        self._gap = 0

    def fill(self, samples: Samples, here: NDArray[np.bool_]) -> Samples:
        """(n,) samples with those that are not `here` made up."""
        out = np.empty_like(samples)
        edges = [0, *(np.flatnonzero(np.diff(here)) + 1).tolist(), len(samples)]
        for start, end in pairwise(edges):
            if start < end:
                part = samples[start:end]
                out[start:end] = self._true(part) if here[start] else self._made(end - start)
        return out

    def _true(self, samples: Samples) -> Samples:
        if self._gap:
            count = min(OVERLAP, len(samples))
            rise = (np.arange(count) + 1) / (count + 1)
            mixed = self._continued(count) * (1 - rise) + samples[:count] * rise
            samples = np.concatenate([np.round(mixed).astype(np.int16), samples[count:]])
            self._gap = 0
        self._history = np.concatenate([self._history, samples])[-HISTORY:]
        return samples

    def _made(self, count: int) -> Samples:
        made = np.round(self._continued(count)).astype(np.int16)
        self._gap += count
        return made

    def _continued(self, count: int) -> NDArray[np.float64]:
        if self._gap == 0:
            self._period = period_of(self._history)
        at = self._gap + np.arange(count)
        cycle = self._history[-self._period :].astype(np.float64)
        fade = np.clip((SILENT - at) / (SILENT - FULL), 0.0, 1.0)
        result: NDArray[np.float64] = cycle[at % self._period] * fade
        return result
