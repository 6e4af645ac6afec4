"""Speakers and their clips: prompts of one speaker one after the other, at -26 dBov, eight seconds each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter, resample_poly

from media.audio.wav import parse
from quality.signal.active_level import active_level

Sound = NDArray[np.float64]

RATE = 8000
CLIP_S = 8
LEVEL_DBOV = -26.0
SOUNDS = Path("/usr/share/asterisk/sounds")


def speakers() -> dict[str, list[Path]]:
    """Each speaker's prompts, without those of the folder `silence`."""
    return {folder.name: sorted(folder.glob("*.wav")) for folder in sorted(SOUNDS.glob("*_*_*"))}


def clip(prompts: list[Path], random: np.random.Generator) -> Sound:
    """One clip: prompts with pauses between them."""
    pieces: list[Sound] = [np.zeros(int(RATE * random.uniform(0.1, 0.4)))]
    while sum(map(len, pieces)) < CLIP_S * RATE:
        sound = parse(prompts[int(random.integers(len(prompts)))].read_bytes()).samples[:, 0] / 32768
        if sound.size > RATE // 2:
            pieces += [sound, np.zeros(int(RATE * random.uniform(0.2, 0.7)))]
    made = _another(np.concatenate(pieces), random)[: CLIP_S * RATE]
    level = active_level(made, RATE)
    made = made * 10 ** ((LEVEL_DBOV - (level.dbov if level else LEVEL_DBOV)) / 20)
    return np.asarray(made + random.normal(0, 10 ** (random.uniform(-85, -62) / 20), made.size))


def _another(sound: Sound, random: np.random.Generator) -> Sound:
    """The same words by another throat, microphone and room: speed and pitch, tilt, so that five voices become many."""
    speed = int(random.uniform(78, 122))
    turned = resample_poly(sound, 100, speed)[: sound.size]
    turned = np.pad(turned, (0, sound.size - turned.size))
    tilt = random.uniform(-0.35, 0.35)
    return np.asarray(lfilter([1, tilt], [1], turned))
