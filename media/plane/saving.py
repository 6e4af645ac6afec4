"""Recordings as they mostly are, calls of which nothing is covered: the engine saves them itself, all of a worker in one go."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from media.audio import wav
from media.plane import records
from media.plane.engine import Engine
from media.plane.recording import Recording


class Saving:
    """Those recordings: each from `add` until it needs a closer look. All but `look_at` is for one thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._files = np.zeros(len(engine.recordings), records.RECORDING_FILE)
        self._recordings: dict[int, Recording] = {}
        self._legs: NDArray[np.uint32] | None = None

    def add(self, recording: Recording) -> None:
        """It is running, and all that it has had so far is in its file."""
        row, file = self._files[recording.handle.index], recording.file
        row["due_ns"], row["error"], row["fd"] = 0, 0, file.fd
        row["frames"], row["told_frames"], row["frames_max"] = file.frames, file.told_frames, recording.frames_max
        row["margin_frames"], row["block_size"] = recording.margin_frames, recording.block_size
        row["header"] = np.frombuffer(wav.header(2, file.told_frames), np.uint8)
        row["look"] = 0
        recording.is_saved = True
        self._recordings[recording.handle.index] = recording
        self._legs = None

    def look_at(self, recording: Recording) -> None:
        """It needs a closer look, if it is here."""
        self._files["look"][recording.handle.index] = 1

    def save(self) -> list[tuple[Recording, int]]:
        """What is due; those that need a closer look, no longer here, each with the errno that its file told or 0."""
        if self._legs is None:
            self._legs = np.fromiter(self._recordings, np.uint32, len(self._recordings))
        self._engine.save(self._files, self._legs)
        return [self._taken_out(leg) for leg in self._legs[self._files["look"][self._legs] != 0].tolist()]

    def count(self) -> None:
        """The files know again how long they are."""
        for leg, recording in self._recordings.items():
            recording.file.grown(int(self._files["frames"][leg]), int(self._files["told_frames"][leg]))

    def _taken_out(self, leg: int) -> tuple[Recording, int]:
        recording, row = self._recordings.pop(leg), self._files[leg]
        recording.file.grown(int(row["frames"]), int(row["told_frames"]))
        recording.is_saved = False
        self._legs = None
        return recording, int(row["error"])
