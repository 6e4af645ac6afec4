"""What a listener hears of a stream that comes in packets: in its order and pace, gaps concealed, pauses filled with their noise.

The twin of kernels/playout.c.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from media.audio import comfort
from media.audio.conceal import Concealer
from media.rtp.jitter import Jitter

Samples = NDArray[np.int16]


class Playout:
    """One listener's ear; frames of 8 kHz with `width` samples each."""

    def __init__(self, width: int = 1) -> None:
        self.width = width
        self.buffer = Jitter(width)
        self._concealer = Concealer(width)
        self._peak, self._seed = 0, 1

    def pull(self, frames: int, now: int, is_heard: bool = True) -> Samples:
        """(frames * width,) samples: those that are due when the last of them is played at `now`."""
        samples, here, paused = self.buffer.pull(frames, now)
        count = int(paused.sum()) * self.width
        if count:
            filling, self._seed = comfort.noise(self._seed, self._peak, count)
            samples[np.repeat(paused, self.width)] = filling
        return self._concealer.fill(samples, here | paused, is_heard)

    def rest(self, ssrc: int, sequence: int, timestamp: int, payload: bytes) -> None:
        """A comfort noise packet came."""
        self.buffer.pause(ssrc, sequence, timestamp)
        self._peak = comfort.peak_of(payload)
