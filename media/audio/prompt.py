"""From the bytes of a sound file to what the packet loop plays: 8 kHz mono mu-law code words."""

from __future__ import annotations

import numpy as np

from media.audio import resample, wav
from media.codecs import g711


def from_wave(data: bytes) -> g711.Codes:
    """Mu-law code words of a WAVE file; stereo is averaged. wav.BadWave when it cannot be read."""
    wave = wav.parse(data)
    mono = np.round(wave.samples.mean(axis=1)).astype(np.int16) if wave.samples.shape[1] > 1 else wave.samples[:, 0]
    return g711.encode("PCMU", resample.to_8k(mono, wave.rate))
