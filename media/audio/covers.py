"""Parts of a recording that are covered: silenced (time goes on) or cut out (it does not), with faded edges: no click."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FADE_FRAMES = 40
Mode = Literal["on", "masked", "paused"]


@dataclass(slots=True)
class Cover:
    """Frames [start, end) of the time line; an end that is not known yet is None."""

    start: int
    is_cut: bool
    end: int | None = None


@dataclass(slots=True)
class Covers:
    """All of one recording. Hidden keys are silenced beside what the mode says."""

    _mode: Cover | None = None
    _hidden: Cover | None = None
    _all: list[Cover] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Nothing of what is still to come is covered, as far as is known."""
        return not self._all

    def set_mode(self, mode: Mode, at: int) -> None:
        """From frame `at` on."""
        if self._mode is not None:
            self._mode.end = max(at, self._mode.start)
        self._mode = None if mode == "on" else self._add(Cover(at, mode == "paused"))

    def hide(self, at: int) -> None:
        if self._hidden is None:
            self._hidden = self._add(Cover(at, False))

    def show(self, at: int) -> None:
        if self._hidden is not None:
            self._hidden.end = max(at, self._hidden.start)
        self._hidden = None

    def apply(self, samples: NDArray[np.int16], start: int) -> NDArray[np.int16]:
        """The frames (n,) or (n, channels) that begin at `start`, without what is covered. Later ones come later."""
        end = start + len(samples)
        self._all = [cover for cover in self._all if cover.end is None or cover.end + FADE_FRAMES > start]
        near = [cover for cover in self._all if cover.start - FADE_FRAMES < end]
        if not near:
            return samples
        at = np.arange(start, end)
        loudness, kept = np.ones(len(samples)), np.ones(len(samples), bool)
        for cover in near:
            last = end + FADE_FRAMES if cover.end is None else cover.end
            edges = [cover.start - FADE_FRAMES, cover.start, last, last + FADE_FRAMES]
            loudness = np.minimum(loudness, np.interp(at, edges, [1, 0, 0, 1]))
            if cover.is_cut:
                kept &= (at < cover.start) | (at >= last)
        shape = (-1,) + (1,) * (samples.ndim - 1)
        covered: NDArray[np.int16] = np.round(samples * loudness.reshape(shape)).astype(np.int16)[kept]
        return covered

    def _add(self, cover: Cover) -> Cover:
        self._all.append(cover)
        return cover
