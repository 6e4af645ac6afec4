"""What an opinion looks at: some forty numbers of some seconds of one direction, signal first, then packets.

Units are dB, shares or counts a second; a number that cannot be measured is what silence or perfection would give, and whether
packets were measured at all is a number of its own. The level itself is none of them: it is a fault of its own, not of the sound.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from quality.bands import Band, mos_in, rating_in
from quality.emodel import Parameters
from quality.signal import clicks, clipping, dropouts, laws, robotic
from quality.signal.active_level import active_level
from quality.signal.activity import activity
from quality.signal.frames import FRAME_S, Mask, Single, Sound, correlations, decibels, levels, spectra
from quality.signal.silence import Quiet, kinds

BANDS_HZ = (100, 300, 600, 1000, 1500, 2000, 2500, 3000, 3400, 4000)
WINDOW, HOP = 256, 128
SHORTEST_PITCH, LONGEST_PITCH = 20, 115
SPEECH_S_MIN = 1.0

NAMES: tuple[str, ...] = (
    "noise_dbov",
    "snr_db",
    "activity",
    "level_spread_db",
    "fall_db",
    "steep_falls",
    "digital_share",
    "cuts",
    "cut_share",
    "clicks",
    "clipped",
    "repeated",
    "law_db",
    "flatness",
    "flux_db",
    "harmonic",
    "harmonic_low",
    "prediction_db",
    "residual_kurtosis",
    "roughness",
    "slow_modulation",
    "pause_flatness",
    *(f"speech_{low}" for low in BANDS_HZ[:-1]),
    "pause_low_db",
    "pause_middle_db",
    "pause_high_db",
    "has_packets",
    "packet_mos",
    "lost_percent",
    "burst_ratio",
    "ie",
)


@dataclass(frozen=True, slots=True)
class Packets:
    """What is known of the packets of the same seconds: codec impairment, loss with what came late, and its bursts."""

    ie: float
    bpl: float
    lost_percent: float
    burst_ratio: float = 1.0

    @property
    def mos(self) -> float:
        """By the E-model without delay: what a listener hears."""
        p = Parameters(ie=self.ie, bpl=self.bpl, ppl_percent=self.lost_percent, burst_r=max(1.0, self.burst_ratio))
        return mos_in(Band.NARROW, rating_in(Band.NARROW, p))


def features(sound: Sound, rate_hz: int, packets: Packets | None) -> Sound | None:
    """The numbers in the order of `NAMES`; None when too little was said to have an opinion. 8 kHz sound, some seconds."""
    speech = activity(sound, rate_hz)
    level = active_level(sound, rate_hz)
    if level is None or float(speech.sum()) * FRAME_S < SPEECH_S_MIN:
        return None
    power, frames_speech = _spectrum(sound, rate_hz, speech)
    heard = [
        *_loudness(sound, rate_hz, speech, level.dbov),
        *_faults(sound, rate_hz),
        *_texture(sound, power, frames_speech),
        *_balance(power, frames_speech),
    ]
    if packets is None:
        heard += [0.0, 4.41, 0.0, 1.0, 0.0]
    else:
        heard += [1.0, packets.mos, packets.lost_percent, packets.burst_ratio, packets.ie]
    row: Sound = np.nan_to_num(np.array(heard, dtype=np.float64))
    return row


def _loudness(sound: Sound, rate_hz: int, speech: Mask, level_dbov: float) -> list[float]:
    frames = levels(sound, rate_hz)
    pause = frames[~speech]
    pause = pause[pause > -85]
    noise = float(np.quantile(pause, 0.3)) if pause.size > 10 else float(np.quantile(frames, 0.03))
    noise = max(noise, -80.0)
    active = frames[speech]
    step = np.diff(frames)[speech[1:]]
    return [
        noise,
        level_dbov - noise,
        float(speech.mean()),
        float(active.std()),
        float(np.quantile(step, 0.03)) if step.size else 0.0,
        float(np.mean(step < -20)) if step.size else 0.0,
    ]


def _faults(sound: Sound, rate_hz: int) -> list[float]:
    seconds = sound.size / rate_hz
    gaps = dropouts.cuts(sound, rate_hz)
    no_tone = np.zeros(sound.size, dtype=np.bool_)
    return [
        float(np.mean(kinds(sound, rate_hz) == Quiet.DIGITAL)),
        len(gaps) / seconds,
        float((gaps[:, 1] - gaps[:, 0]).sum()) / sound.size,
        clicks.clicks(sound, rate_hz).size / seconds,
        float(clipping.flat_tops(sound, no_tone).mean()),
        float(robotic.repeats(sound, rate_hz).mean()),
        laws.gain_by_other_law(sound),
    ]


def _spectrum(sound: Sound, rate_hz: int, speech: Mask) -> tuple[Single, Mask]:
    """Power of windows of 32 ms, and which of them are speech."""
    power: Single = spectra(sound, WINDOW, HOP) / np.float32(WINDOW) + np.float32(1e-12)
    at = np.minimum((np.arange(len(power)) * HOP + WINDOW // 2) * 100 // rate_hz, speech.size - 1)
    return power, speech[at]


def _texture(sound: Sound, power: Single, speech: Mask) -> list[float]:
    spoken, pause = power[speech], power[~speech]
    in_db = decibels(spoken)
    flat = 10 ** (in_db.mean(axis=1) / 10) / spoken.mean(axis=1)
    flux = np.abs(np.diff(in_db, axis=0)).mean() if len(spoken) > 1 else 0.0
    correlation = correlations(spoken)
    periodic = (correlation[:, SHORTEST_PITCH:LONGEST_PITCH] / correlation[:, :1] / _taper()).max(axis=1).clip(0, 1)
    r = correlation[:, :3] / correlation[:, :1]
    error = 1 - r[:, 1] ** 2 - (r[:, 2] - r[:, 1] ** 2) ** 2 / np.maximum(1 - r[:, 1] ** 2, 1e-6)
    bent = clicks.roughness(sound)
    squared = bent * bent
    envelope = decibels(spoken.sum(axis=1))
    modulation = np.abs(np.fft.rfft(envelope - envelope.mean())) ** 2
    edge = max(1, len(modulation) // 3)
    rms = float(np.sqrt(np.mean(sound**2))) + 1e-9
    return [
        float(np.log10(flat + 1e-9).mean()),
        float(flux),
        float(periodic.mean()),
        float(np.quantile(periodic, 0.2)),
        float(-10 * np.log10(np.clip(error, 1e-4, 1)).mean()),
        float(np.log10(np.dot(squared, squared) / bent.size / (np.mean(squared) ** 2 + 1e-18) + 1e-9)),
        float(20 * np.log10(np.median(bent) / rms + 1e-6)),
        float(modulation[:edge].sum() / (modulation.sum() + 1e-9)),
        float((decibels(pause).mean(axis=1) / 10 - np.log10(pause.mean(axis=1))).mean()) if len(pause) else 0.0,
    ]


def _taper() -> Sound:
    """What the window leaves of a periodic sound's correlation at each lag, so that low voices are not called hoarse."""
    whole = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(WINDOW))) ** 2)
    part: Sound = (whole / whole[0])[SHORTEST_PITCH:LONGEST_PITCH]
    return part


def _balance(power: Single, speech: Mask) -> list[float]:
    edges = [int(f * WINDOW / 8000) for f in BANDS_HZ]
    spoken = power[speech].mean(axis=0)
    total = spoken.sum()
    bands = [float(decibels(np.array(spoken[a:b].sum() / total))) for a, b in pairwise(edges)]
    pause = np.median(power[~speech], axis=0) if (~speech).any() else np.full(power.shape[1], 1e-12)
    parts = [pause[3:20].mean(), pause[20:64].mean(), pause[64:120].mean()]
    return [*bands, *(float(10 * np.log10(part + 1e-12)) for part in parts)]
