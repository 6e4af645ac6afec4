"""What the numpy engine plays and records: a playlist read in packets, and a leg's recording in the engine's tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.codecs import g711
from media.kernels.reference import Track
from media.plane import records

GAIN_ONE = 1 << 12


@dataclass(slots=True)
class Prompt:
    """A playlist being played: all of its code words, mu-law. `gain` is in 1/4096."""

    token: int
    codes: g711.Codes
    loop: bool
    stop_on_key: bool
    position: int = 0
    gain: int = GAIN_ONE

    def read(self, frames: int) -> tuple[g711.Codes, bool]:
        """The next code words, silence after the end, and whether this was the end."""
        if self.loop:
            codes = self.codes[(self.position + np.arange(frames)) % len(self.codes)]
            self.position = (self.position + frames) % len(self.codes)
            return self._louder(codes), False
        codes = silence(frames)
        part = self.codes[self.position : self.position + frames]
        codes[: len(part)] = self._louder(part)
        self.position += frames
        return codes, self.position >= len(self.codes)

    def seek(self, position: int) -> None:
        """Beyond the end is the end; of a loop, round and round."""
        self.position = position % len(self.codes) if self.loop else min(position, len(self.codes))

    def _louder(self, codes: g711.Codes) -> g711.Codes:
        if self.gain == GAIN_ONE:
            return codes
        samples = g711.decode("PCMU", codes).astype(np.int64) * self.gain >> 12
        return g711.encode("PCMU", np.clip(samples, -32768, 32767))


def silence(frames: int) -> g711.Codes:
    return np.full(frames, g711.SILENCE["PCMU"], np.uint8)


@dataclass(slots=True)
class Tape:
    """A leg's recording: `state` is its row, `ring` its sound (left heard, right sent), both in the engine's tables."""

    state: Any
    ring: NDArray[np.int16]
    _tracks: list[Track] = field(default_factory=lambda: [Track(0), Track(1)])

    @property
    def runs(self) -> bool:
        return bool(self.state["active"] == 1)

    def start(self, now_ns: int) -> None:
        self._tracks = [Track(0), Track(1)]
        self.state["start_ns"], self.state["stop_frames"] = now_ns, 0
        self.state["dropped"], self.state["active"] = 0, 1

    def stop(self, now_ns: int) -> None:
        if self.runs:
            self.state["stop_frames"] = max(0, now_ns - int(self.state["start_ns"])) // records.NS_PER_SAMPLE
            self.state["active"] = 2

    def put(self, channel: int, timestamp: int, samples: NDArray[np.int16], now_ns: int) -> None:
        """Samples where their timestamp says."""
        if not self.runs:
            return
        now = max(0, now_ns - int(self.state["start_ns"])) // records.NS_PER_SAMPLE
        self.state["dropped"] += self._tracks[channel].put(self.ring, timestamp, samples, now, int(self.state["tail"]))
