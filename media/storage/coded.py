"""Sound as Opus in Ogg (RFC 6716, RFC 7845) or MP3, and back: block by block, so that hours need no more memory than seconds.

libsndfile does it; the wheel of `soundfile` brings it along, and loads it where sound is coded, not for who only reads names.
Samples are int16 frames of one or two channels.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

BLOCK_FRAMES = 16_000
BUFFER_BYTES = 128 * 1024
Frames = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Form:
    """`name` is also the end of a file's name; `container` and `coding` are libsndfile's words."""

    name: str
    content_type: str
    container: str
    coding: str


OPUS = Form("opus", "audio/ogg", "OGG", "OPUS")
MP3 = Form("mp3", "audio/mpeg", "MP3", "MPEG_LAYER_III")
FORMS = {form.name: form for form in (OPUS, MP3)}


class BadSound(ValueError):
    """The bytes are no sound that libsndfile reads, or of no rate that a form has."""


class Ranges(Protocol):
    """Reads bytes from, up to and without."""

    def __call__(self, start: int, end: int) -> bytes: ...


class _Window(io.RawIOBase):
    """A file of ranges."""

    def __init__(self, read: Ranges, size: int) -> None:
        self._read, self._size, self._at = read, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence])
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's WriteableBuffer is no name at run time
        data = self._read(self._at, min(self._size, self._at + len(buffer))) if self._at < self._size else b""
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def encode(blocks: Iterable[Frames], channels: int, rate: int, form: Form, path: Path) -> int:
    """Write a file; how many frames it holds. Raises `BadSound`, OSError."""
    import soundfile

    count = 0
    try:
        with soundfile.SoundFile(path, "w", rate, channels, form.coding, format=form.container) as out:
            for block in blocks:
                out.write(block)
                count += len(block)
    except soundfile.LibsndfileError as error:
        raise BadSound(f"{channels} channels at {rate} Hz do not become {form.name}: {error}") from error
    return count


def decode(read: Ranges, size: int, start: int = 0, end: int | None = None) -> Iterator[Frames]:
    """Frames from, up to and without, of a coded file of `size` bytes. Raises `BadSound`."""
    import soundfile

    try:
        with soundfile.SoundFile(io.BufferedReader(_Window(read, size), BUFFER_BYTES)) as sound:
            end = sound.frames if end is None else end
            if end > sound.frames:
                raise BadSound(f"the sound has {sound.frames} of {end} frames")
            if start:
                sound.seek(min(start, end))
            while start < end:
                block = sound.read(min(BLOCK_FRAMES, end - start), dtype="int16", always_2d=True)
                if not len(block):
                    raise BadSound(f"the sound ends at {start} of {end} frames")
                start += len(block)
                yield block
    except soundfile.LibsndfileError as error:
        raise BadSound(str(error)) from error
