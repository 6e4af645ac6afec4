"""The compiled packet loop as an Engine: owns the extension object and the numpy views of its tables."""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.kernels._loop import Loop, srtp_available
from media.plane import records


class CompiledEngine:
    """The Loop of media.kernels._loop with its tables as arrays. The arena is mapped by the caller and only read here."""

    name = "c"
    has_srtp = srtp_available()

    def __init__(self, legs: int, arena: mmap.mmap, cpu: int = -1) -> None:
        self._loop = Loop(legs, arena, cpu)
        self.statistics = self._view("statistics", records.STATISTICS)
        self.recordings = self._view("recordings", records.RECORDING)
        self.counters = self._view("counters", records.COUNTERS)
        lines = self._view("rings", np.dtype(np.int16)).reshape(legs, 2, records.RECORD_RING)
        self.rings: NDArray[np.int16] = lines.transpose(0, 2, 1)

    def _view(self, name: str, dtype: np.dtype[Any]) -> NDArray[Any]:
        return np.frombuffer(self._loop.view(name), dtype=dtype)

    def start(self) -> None:
        self._loop.start()

    def stop(self) -> None:
        self._loop.stop()

    def turn(self, now_ns: int) -> None:
        self._loop.turn(now_ns)

    def fileno(self) -> int:
        return self._loop.fileno()

    def aside(self) -> int:
        return self._loop.aside()

    def post(self, command: bytes, wakes: bool = True) -> bool:
        return self._loop.post(command, wakes)

    def wake(self) -> None:
        self._loop.wake()

    def drain(self) -> NDArray[Any]:
        return np.frombuffer(self._loop.drain(), dtype=records.EVENT)

    def take(self, index: int, head: int) -> NDArray[np.int16]:
        return np.frombuffer(self._loop.take(index, head), np.int16).reshape(-1, 2)

    def save(self, files: NDArray[Any], legs: NDArray[np.uint32]) -> None:
        self._loop.save(files, legs)

    def release(self, index: int) -> None:
        self._loop.release(index)

    def now(self) -> int:
        return self._loop.now()
