"""Sound with a known truth: the prompts that the build speaks, brought to -26 dBov, and what can be done to them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.audio.wav import parse
from media.codecs import g711
from quality.signal.active_level import active_level

Sound = NDArray[np.float64]

RATE = 8000
PROMPTS = Path(__file__).resolve().parents[2] / "media" / "prompts" / "system" / "en"
SPOKEN = (
    "vm-intro",
    "unavailable",
    "call-failed",
    "number-unknown",
    "option-invalid",
    "no-choice",
    "goodbye",
    "vm-saved",
)
LEVEL_DBOV = -26.0


@cache
def _prompts() -> tuple[Sound, ...]:
    found = []
    for name in SPOKEN:
        wave = parse((PROMPTS / f"{name}.wav").read_bytes())
        assert RATE == wave.rate
        sound = wave.samples[:, 0] / 32768
        level = active_level(sound, RATE)
        assert level is not None
        found.append(sound * 10 ** ((LEVEL_DBOV - level.dbov) / 20))
    return tuple(found)


def noise(size: int, dbov: float, seed: int = 1) -> Sound:
    """White noise of a level."""
    return np.random.default_rng(seed).normal(0, 10 ** (dbov / 20), size)


def voice(seconds: float, first: int = 0, floor_dbov: float = -70.0) -> Sound:
    """Prompts one after the other with half a second between them, over a quiet room; `first` is the prompt to begin with."""
    pieces: list[Sound] = []
    size, index = int(seconds * RATE), first
    while sum(map(len, pieces)) < size:
        pieces += [_prompts()[index % len(SPOKEN)], np.zeros(RATE // 2)]
        index += 1
    return np.concatenate(pieces)[:size] + noise(size, floor_dbov, first + 7)


def tone(seconds: float, *frequencies: float, dbov: float = -20.0) -> Sound:
    """Sines of one level each."""
    at = np.arange(int(seconds * RATE)) / RATE
    made: Sound = np.sum([10 ** ((dbov + 3.01) / 20) * np.sin(2 * np.pi * f * at) for f in frequencies], axis=0)
    return made


def over_g711(sound: Sound, law: Any = "PCMU") -> Sound:
    """As it comes out of G.711."""
    return decoded(law, encoded(law, sound))


def encoded(law: Any, sound: Sound) -> NDArray[np.uint8]:
    """Codes of G.711."""
    codes: NDArray[np.uint8] = g711.encode(law, np.clip(np.round(sound * 32768), -32768, 32767).astype(np.int16))
    return codes


def decoded(law: Any, codes: NDArray[np.uint8]) -> Sound:
    """Samples of codes."""
    return g711.decode(law, codes).astype(np.float64) / 32768


def samples(*channels: Sound) -> NDArray[np.int16]:
    """Channels as a recording has them."""
    return np.clip(np.round(np.stack(channels, axis=1) * 32768), -32768, 32767).astype(np.int16)
