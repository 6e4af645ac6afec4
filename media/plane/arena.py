"""The prompt arena: every sound being played, once, as mu-law code words in one mapping that the packet loop reads.

Sounds are known by path, size and modification time (a changed file is a new sound) or by tone name. Room is first fit; when
there is none, the sounds longest unused go. A sound in use never moves.
"""

from __future__ import annotations

import mmap
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

import numpy as np

from media.audio import prompt, tones, wav
from media.codecs import g711
from media.plane import limits
from media.plane.commands import Refused

SoundKey = tuple[str, int, int]


@dataclass(slots=True)
class Sound:
    """Where a sound lies (mu-law frames) and how many plays hold it there."""

    key: SoundKey
    offset: int
    frames: int
    holders: int = 0


def identify(name: str) -> SoundKey:
    """The key under which a path or tone is known now. Refused("sound") when there is no such file."""
    if name.startswith("tone:"):
        return name, 0, 0
    try:
        status = Path(name).stat()
    except OSError as error:
        raise Refused("sound", f"{name}: {error.strerror}") from error
    if not S_ISREG(status.st_mode):
        raise Refused("sound", f"{name} is no file")
    if status.st_size > limits.sound_seconds_max * 48000 * 4:
        raise Refused("sound", f"{name} is longer than {limits.sound_seconds_max} s")
    return name, status.st_size, status.st_mtime_ns


def read(key: SoundKey) -> g711.Codes:
    """The code words of a sound; reads and resamples, so not for the reactor's thread. Refused("sound")."""
    name = key[0]
    if name.startswith("tone:"):
        samples = tones.named(name.removeprefix("tone:"))
        if samples is None:
            raise Refused("sound", f"there is no {name}")
        return g711.encode("PCMU", samples)
    try:
        codes = prompt.from_wave(Path(name).read_bytes())
    except (OSError, wav.BadWave) as error:
        raise Refused("sound", f"{name}: {error}") from error
    if not 0 < len(codes) <= limits.sound_seconds_max * 8000:
        raise Refused("sound", f"{name} has {len(codes) / 8000:.1f} s of audio")
    return codes


class Arena:
    """The mapping and the table of what is in it."""

    def __init__(self, size_bytes: int = limits.arena_size_bytes) -> None:
        self.memory = mmap.mmap(-1, size_bytes)
        self._bytes = np.frombuffer(self.memory, dtype=np.uint8)
        self._sounds: OrderedDict[SoundKey, Sound] = OrderedDict()

    @property
    def used_bytes(self) -> int:
        return sum(sound.frames for sound in self._sounds.values())

    def find(self, key: SoundKey) -> Sound | None:
        sound = self._sounds.get(key)
        if sound is not None:
            self._sounds.move_to_end(key)
        return sound

    def hold(self, key: SoundKey, read: Mapping[SoundKey, g711.Codes]) -> Sound:
        """A sound for one play: the one that is here, or stored now from `read`. Refused("sound")."""
        sound = self.find(key) or self.store(key, read[key])
        sound.holders += 1
        return sound

    def let_go(self, sounds: list[Sound]) -> None:
        """The play of these sounds is over."""
        for sound in sounds:
            sound.holders -= 1

    def store(self, key: SoundKey, codes: g711.Codes) -> Sound:
        """Put a sound in. Refused("sound") when everything there is being played and there is no room."""
        known = self.find(key)
        if known is not None:
            return known
        sound = Sound(key, self._room(len(codes)), len(codes))
        self._bytes[sound.offset : sound.offset + sound.frames] = codes
        self._sounds[key] = sound
        return sound

    def _room(self, frames: int) -> int:
        while True:
            offset = self._gap(frames)
            if offset is not None:
                return offset
            oldest = next((sound for sound in self._sounds.values() if sound.holders == 0), None)
            if oldest is None:
                raise Refused("sound", "the prompt arena is full of sounds being played")
            del self._sounds[oldest.key]

    def _gap(self, frames: int) -> int | None:
        end = 0
        for sound in sorted(self._sounds.values(), key=lambda sound: sound.offset):
            if sound.offset - end >= frames:
                return end
            end = sound.offset + sound.frames
        return end if len(self._bytes) - end >= frames else None
