"""Concealment of what is missing in speech: the last pitch period again and again, fading to silence within 60 ms.

After a gap the true samples are faded in over what would have followed. In the way of ITU-T G.711 Appendix I, without its delay.
In whole numbers, so that kernels/conceal.c gives the very same samples.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

# In frames of 8 kHz; a sound of 16 kHz has two samples in each.
PERIOD_MIN, PERIOD_MAX = 40, 120  # 200 Hz to 66 Hz
COMPARED = 160
HISTORY = PERIOD_MAX + COMPARED
FULL, SILENT = 80, 480  # length of a gap until it begins to fade, until it is silent
OVERLAP_SHIFT = 5  # 32 samples of fading in


def period_of(history: Samples, width: int = 1) -> int:
    """The pitch period, in samples, at the end of (HISTORY * width,) samples."""
    sound = history.astype(np.int64)
    last = sound[-COMPARED * width :]
    shifted = np.lib.stride_tricks.sliding_window_view(sound[: -PERIOD_MIN * width], COMPARED * width)[::-1]
    likeness = (shifted @ last) / np.sqrt((shifted**2).sum(axis=1) + 1.0)
    return PERIOD_MIN * width + int(np.argmax(likeness))


class Concealer:
    """Fills the gaps of one stream, whose frames of 8 kHz have `width` samples each."""

    def __init__(self, width: int = 1, history: Samples | None = None) -> None:
        self._width = width
        self._history = np.zeros(HISTORY * width, np.int16) if history is None else history
        self._period = 0
        self._gap = 0  # in samples

    def fill(self, samples: Samples, here: NDArray[np.bool_], is_heard: bool = True) -> Samples:
        """(n * width,) samples with those made up whose frame, of n, is not `here`; for nobody they are silent."""
        lacking = self.made if is_heard else self.silent
        out = np.empty_like(samples)
        edges = [0, *(np.flatnonzero(np.diff(here)) + 1).tolist(), len(here)]
        for start, end in pairwise(edges):
            if start < end:
                place = slice(start * self._width, end * self._width)
                out[place] = self.true(samples[place]) if here[start] else lacking(end - start)
        return out

    def true(self, samples: Samples) -> Samples:
        """What was said, faded in when it follows a gap."""
        if self._gap:
            count = min(1 << OVERLAP_SHIFT, len(samples))
            rise = np.arange(1, count + 1)
            kept = self._continued(count).astype(np.int64) * ((1 << OVERLAP_SHIFT) - rise)
            mixed = (kept + samples[:count].astype(np.int64) * rise) >> OVERLAP_SHIFT
            samples = np.concatenate([mixed.astype(np.int16), samples[count:]])
            self._gap = 0
        self._history = np.concatenate([self._history, samples])[-HISTORY * self._width :]
        return samples

    def made(self, frames: int) -> Samples:
        """What may have been said."""
        made = self._continued(frames * self._width)
        self._gap = min(self._gap + frames * self._width, SILENT * self._width)
        return made

    def silent(self, frames: int) -> Samples:
        """Nothing, as long after the gap began as what is made up fades away."""
        if self._gap == 0:
            self._period = PERIOD_MIN * self._width
        self._gap = SILENT * self._width
        return np.zeros(frames * self._width, np.int16)

    def _continued(self, count: int) -> Samples:
        if self._gap == 0:
            self._period = period_of(self._history, self._width)
        at = self._gap + np.arange(count)
        full, silent = FULL * self._width, SILENT * self._width
        fade = np.clip((silent - at) * 32768 // (silent - full), 0, 32768)
        cycle = self._history[-self._period :].astype(np.int64)
        result: Samples = (cycle[at % self._period] * fade >> 15).astype(np.int16)
        return result
