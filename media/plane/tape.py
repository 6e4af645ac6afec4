"""What the numpy engine plays and records: a playlist read in packets, and a leg's recording in the engine's tables."""

from __future__ import annotations

import errno
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.audio import wav
from media.codecs import g711
from media.kernels.reference import Track, take
from media.plane import records, wavfile

GAIN_ONE = 1 << 12
FRAME_SIZE = 2 * wav.SAMPLE_SIZE


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

    def take(self, head: int) -> NDArray[np.int16]:
        taken = take(self.ring, int(self.state["tail"]), head)
        self.state["tail"] += len(taken)
        return taken

    def save(self, file: Any, now_ns: int) -> None:
        """Into the file, a records.RECORDING_FILE, as far as there are whole blocks of it that are old enough."""
        if file["look"] or now_ns < int(file["due_ns"]):
            return
        start_ns, tail, frames = int(self.state["start_ns"]), int(self.state["tail"]), int(file["frames"])
        block, margin = int(file["block_size"]) // FRAME_SIZE, int(file["margin_frames"])
        ready = (now_ns - start_ns) // records.NS_PER_SAMPLE - margin - tail
        if not self.runs or ready >= int(file["frames_max"]) - frames or ready > len(self.ring):
            file["look"] = 1
            return
        first = block - (wav.HEADER_SIZE // FRAME_SIZE + frames) % block
        if ready >= first:
            count = first + (ready - first) // block * block
            file["error"] = _append(file, self.take(tail + count))
            if file["error"]:
                file["look"] = 1
            first, tail = block, tail + count
        file["due_ns"] = start_ns + (tail + first + margin) * records.NS_PER_SAMPLE

    def release(self) -> None:
        self.ring[:] = 0
        self.state["tail"] = self.state["active"] = 0

    def put(self, channel: int, timestamp: int, samples: NDArray[np.int16], now_ns: int) -> None:
        """Samples where their timestamp says."""
        if not self.runs:
            return
        now = max(0, now_ns - int(self.state["start_ns"])) // records.NS_PER_SAMPLE
        self.state["dropped"] += self._tracks[channel].put(self.ring, timestamp, samples, now, int(self.state["tail"]))


def _append(file: Any, frames: NDArray[np.int16]) -> int:
    """0, or the errno."""
    descriptor, total = int(file["fd"]), int(file["frames"]) + len(frames)
    try:
        wavfile.put(descriptor, frames.astype("<i2").tobytes(), wav.HEADER_SIZE + int(file["frames"]) * FRAME_SIZE)
        file["frames"] = total
        if file["told_frames"] == 0 or total >= int(file["told_frames"]) + wavfile.HEADER_FRAMES:
            wavfile.put(descriptor, wav.header(2, total), 0)
            file["told_frames"] = total
    except OSError as error:
        return error.errno or errno.EIO
    return 0
