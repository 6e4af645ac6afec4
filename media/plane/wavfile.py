"""A WAV file that is being written: playable at any instant, because its header is put right at least once a second."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from twisted.logger import Logger

from media.audio import wav

PART = ".part"
HEADER_FRAMES = 4000
_LIBC = ctypes.CDLL(None, use_errno=True)


class WavFile:
    """16-bit PCM at 8 kHz. Not thread-safe but for `sync`, which may run beside `write`.

    Of its `frames` the header tells of `told_frames`.
    """

    def __init__(self, path: Path, channels: int) -> None:
        """Creates the file (and its folders); FileExistsError and other OSErrors are the caller's."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.frames = self.told_frames = 0
        self._channels = channels
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        try:
            put(self.fd, wav.header(channels, 0), 0)
        except OSError:
            self.close()
            path.unlink()
            raise

    def write(self, samples: NDArray[np.int16]) -> None:
        """Append (frames, channels) or (frames,). OSError when the disk does not take it."""
        put(
            self.fd,
            np.ascontiguousarray(samples, "<i2").data.cast("B"),
            wav.HEADER_SIZE + self.frames * self._channels * wav.SAMPLE_SIZE,
        )
        self.frames += len(samples)
        if self.frames >= self.told_frames + HEADER_FRAMES:
            self._tell()

    def grown(self, frames: int, told_frames: int) -> None:
        """Another has written so much of it."""
        self.frames, self.told_frames = frames, told_frames

    def _tell(self) -> None:
        put(self.fd, wav.header(self._channels, self.frames), 0)
        self.told_frames = self.frames

    def cut(self, frames: int) -> None:
        """Keep only the first `frames`."""
        self.frames = min(self.frames, frames)
        os.ftruncate(self.fd, wav.HEADER_SIZE + self.frames * self._channels * wav.SAMPLE_SIZE)
        self._tell()

    def read(self) -> NDArray[np.int16]:
        """All of a mono file."""
        data = os.pread(self.fd, self.frames * wav.SAMPLE_SIZE, wav.HEADER_SIZE)
        return np.frombuffer(data, "<i2").astype(np.int16)

    def replace(self, samples: NDArray[np.int16]) -> None:
        """Other audio in place of what is here: wholly, or on OSError not at all."""
        made = WavFile(self.path.with_suffix(PART), self._channels)
        try:
            made.write(samples)
            made.finish()
            made.sync()
            made.path.rename(self.path)
        except OSError:
            made.close()
            made.path.unlink(missing_ok=True)
            raise
        os.close(self.fd)
        self.fd, self.frames, self.told_frames = made.fd, made.frames, made.told_frames

    def sync(self) -> None:
        """Let it survive a power cut."""
        os.fdatasync(self.fd)

    @property
    def file_system(self) -> int:
        """Which one it lies on."""
        return os.fstat(self.fd).st_dev

    def sync_file_system(self) -> None:
        """As `sync`, for all files that lie where it lies (syncfs(2))."""
        if _LIBC.syncfs(self.fd) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    def finish(self) -> None:
        """Nothing more is written."""
        if self.told_frames != self.frames:
            self._tell()

    def close(self) -> None:
        os.close(self.fd)


def put(descriptor: int, data: bytes | memoryview, at: int) -> None:
    """All of it, or OSError."""
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, at)
        view, at = view[written:], at + written


def repair(folder: Path) -> list[Path]:
    """Put right the headers of recordings that a crash left behind, and remove half-made messages; the files put right."""
    for unfinished in folder.rglob(f"*{PART}"):
        unfinished.unlink(missing_ok=True)
    return [path for path in sorted(folder.rglob("*.wav")) if path.is_file() and _repair_logged(path)]


def _repair_logged(path: Path) -> bool:
    """One file that cannot be read must not keep the worker from starting."""
    try:
        return _repair_one(path)
    except OSError as error:
        Logger().error("the header of {path} cannot be checked: {error}", path=path, error=error)
        return False


def _repair_one(path: Path) -> bool:
    with path.open("r+b") as file:
        right = wav.repaired_header(file.read(wav.HEADER_SIZE), path.stat().st_size)
        if right is None:
            return False
        file.seek(0)
        file.write(right)
        file.flush()
        os.fdatasync(file.fileno())
    return True
