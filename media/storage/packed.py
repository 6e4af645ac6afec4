"""Recordings that were packed: kept as Opus a seventh as large, read as the WAV file they were, or in other forms from a cache.

    acme/recording/20270115/r1.wav  ──pack──►  acme/recording/20270115/r1.opus

Who asks for the WAV gets one, its samples decoded where they are asked for. The packed file is there, read back and as long as
the original before that goes; who dies in between leaves both, and the original counts.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from media.audio.wav import HEADER_SIZE, SAMPLE_SIZE, header
from media.storage.coded import FORMS, OPUS, BadSound, Form, Frames, decode, encode
from media.storage.store import MediaStore, NoSuchMedia, Stat, StoreError

BLOCK_FRAMES = 16_000
END = ".wav"
WAVE = "wave"


class NotPlain(ValueError):
    """Theirs: no WAV file of ours (16-bit PCM behind a plain header), so it has no other form."""


@dataclass(frozen=True, slots=True)
class _Wave:
    channels: int
    rate: int
    frames: int

    @property
    def frame_bytes(self) -> int:
        return self.channels * SAMPLE_SIZE

    @property
    def size_bytes(self) -> int:
        return HEADER_SIZE + self.frames * self.frame_bytes


class PackedStore:
    """`MediaStore` over `inner`; `cache` keeps other forms for a while, in files made in `folder`."""

    def __init__(self, inner: MediaStore, cache: MediaStore, folder: Path) -> None:
        self._inner, self._cache, self._folder = inner, cache, folder

    def put_file(self, name: str, path: Path, metadata: Mapping[str, Any], content_type: str = "audio/wav") -> Stat:
        return self._inner.put_file(name, path, metadata, content_type)

    def stat(self, name: str) -> Stat:
        """As the WAV file; `sha256` of a packed one is that of the packed bytes."""
        kept = self.kept(name)
        wave = _wave_of(kept) if kept.name != name else None
        return kept if wave is None else replace(kept, name=name, size_bytes=wave.size_bytes, content_type="audio/wav")

    def kept(self, name: str) -> Stat:
        """As it is kept, under the name that `as_kept` reads. Raises `NoSuchMedia`."""
        try:
            return self._inner.stat(name)
        except NoSuchMedia:
            if not name.endswith(END):
                raise
            return self._inner.stat(_named(name, OPUS))

    def as_kept(self, name: str) -> Iterator[bytes]:
        """The bytes that are kept, whatever they are. Raises `NoSuchMedia`."""
        return self._inner.read(self.kept(name).name)

    def read(self, name: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        kept = self.kept(name)
        wave = _wave_of(kept) if kept.name != name else None
        if wave is None:
            return self._inner.read(kept.name, start, end)
        return self._unpacked(kept, wave, start, wave.size_bytes if end is None else min(end, wave.size_bytes))

    def _unpacked(self, kept: Stat, wave: _Wave, start: int, end: int) -> Iterator[bytes]:
        if start < min(end, HEADER_SIZE):
            yield header(wave.channels, wave.frames, wave.rate)[start:end]
        start, end = max(start, HEADER_SIZE) - HEADER_SIZE, end - HEADER_SIZE
        if start >= end:
            return
        first, last = start // wave.frame_bytes, -(-end // wave.frame_bytes)
        at = first * wave.frame_bytes
        for block in self._decoded(kept, first, last):
            data = block.astype("<i2").tobytes()
            yield data[max(0, start - at) : end - at]
            at += len(data)

    def _decoded(self, kept: Stat, first: int = 0, last: int | None = None) -> Iterator[Frames]:
        def ranged(start: int, end: int) -> bytes:
            return b"".join(self._inner.read(kept.name, start, end))

        try:
            yield from decode(ranged, kept.size_bytes, first, last)
        except BadSound as error:
            raise StoreError(f"{kept.name} cannot be unpacked: {error}") from error

    def pack(self, name: str, known: Callable[[Stat], None] = lambda stat: None) -> bool:
        """Keep a WAV file as Opus from now on; False: it is so already. `known` is told what is kept before the WAV goes.

        Raises `NoSuchMedia`, `NotPlain`, `StoreError`; the WAV is there then.
        """
        stat = self.kept(name)
        if stat.name != name:
            return False
        wave = self._plain(stat)
        with self._coded(stat, wave, OPUS) as path:
            about = {**_told(stat), WAVE: [wave.channels, wave.rate, wave.frames]}
            packed = self._inner.put_file(_named(name, OPUS), path, about, OPUS.content_type)
        frames = sum(len(block) for block in self._decoded(packed))
        if frames != wave.frames:
            self._inner.delete(packed.name)
            raise StoreError(f"{name} has {frames} of {wave.frames} frames when it is packed")
        known(packed)
        self._inner.delete(name)
        return True

    def formed(self, name: str, form: Form) -> tuple[Stat, MediaStore]:
        """The sound in another form, and where it is read from. Raises `NoSuchMedia`, `NotPlain`, `StoreError`."""
        kept = self.kept(name)
        if kept.content_type == form.content_type:
            return kept, self._inner
        place = _named(name, form)
        with suppress(NoSuchMedia):
            found = self._cache.stat(place)
            if found.metadata.get("of") == kept.sha256:
                return found, self._cache
        stat = self.stat(name)
        with self._coded(stat, self._plain(stat), form) as path:
            return self._cache.put_file(place, path, {"of": kept.sha256}, form.content_type), self._cache

    @contextmanager
    def _coded(self, stat: Stat, wave: _Wave, form: Form) -> Iterator[Path]:
        """A file with the sound in a form, for a while."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".coding-", suffix=f".{form.name}") as file:
            try:
                encode(self._frames(stat, wave), wave.channels, wave.rate, form, Path(file.name))
            except BadSound as error:
                raise NotPlain(str(error)) from error
            yield Path(file.name)

    def _plain(self, stat: Stat) -> _Wave:
        head = b"".join(self.read(stat.name, 0, HEADER_SIZE))
        channels, rate = int.from_bytes(head[22:24], "little"), int.from_bytes(head[24:28], "little")
        frames = (stat.size_bytes - HEADER_SIZE) // max(1, channels * SAMPLE_SIZE)
        if channels not in (1, 2) or frames <= 0 or head != header(channels, frames, rate):
            raise NotPlain(f"{stat.name} is no recording of ours")
        return _Wave(channels, rate, frames)

    def _frames(self, stat: Stat, wave: _Wave) -> Iterator[Frames]:
        step = BLOCK_FRAMES * wave.frame_bytes
        for start in range(HEADER_SIZE, wave.size_bytes, step):
            data = b"".join(self.read(stat.name, start, min(start + step, wave.size_bytes)))
            yield np.frombuffer(data, dtype="<i2").astype(np.int16).reshape(-1, wave.channels)

    def delete(self, name: str) -> bool:
        there = self._inner.delete(name)
        if name.endswith(END):
            there = self._inner.delete(_named(name, OPUS)) or there
            for form in FORMS.values():
                self._cache.delete(_named(name, form))
        return there

    def names(self, prefix: str) -> Iterator[str]:
        before = ""
        for name in self._inner.names(prefix):
            found = f"{name.removesuffix('.opus')}{END}" if name.endswith(".opus") else name
            if found != before:
                yield found
            before = found

    def local_path(self, name: str) -> Path | None:
        try:
            return self._inner.local_path(name)
        except NoSuchMedia:
            self.kept(name)
            return None


def _named(name: str, form: Form) -> str:
    return f"{name.removesuffix(END)}.{form.name}"


def _wave_of(packed: Stat) -> _Wave | None:
    said = packed.metadata.get(WAVE)
    return None if said is None else _Wave(*map(int, said))


def _told(stat: Stat) -> dict[str, Any]:
    """What was said when it was kept; what a store added goes with the file."""
    return {name: value for name, value in stat.metadata.items() if name != "sealed"}
