"""The robot's voice: a decoder that repeats its last frame for one that is missing; a voice is never twice the same."""

from __future__ import annotations

import numpy as np

from quality.signal.defect import Defect, Fault
from quality.signal.frames import FRAME_S, Mask, Sound, cut, runs, without_offset

STEP_S = 0.0025
PART_STEPS = {0.01: 3, 0.02: 6, 0.03: 9}
"""Of a frame that is compared: three quarters, so that some step lies wholly within it."""
RESIDUAL_MAX = 1e-3
"""What is left of a frame after the one before it was taken off, scaled: 30 dB below it."""
GAIN_MIN, GAIN_MAX = 0.3, 1.05
SPEECH_POWER_MIN = 10 ** (-48 / 10)
SHARE_MIN = 0.006
"""Two repeated frames in two seconds: a sung vowel may pass for one."""
WINDOW_S = 2.0


def repeats(sound: Sound, rate_hz: int) -> Mask:
    """For every `STEP_S`: is here what was one frame ago?"""
    steps = cut(sound, int(STEP_S * rate_hz))
    found = np.zeros(len(steps), dtype=np.bool_)
    square = _summed(steps, steps)
    for period_s, part in PART_STEPS.items():
        period = round(period_s / STEP_S)
        if len(steps) < 2 * period:
            continue
        power = square[part:] - square[:-part]
        product = _summed(steps[period:], steps[:-period])
        cross = product[part:] - product[:-part]
        own, past = power[period:], power[:-period]
        gain = cross / np.maximum(past, 1e-12)
        residual = own - gain * cross
        same = (own > SPEECH_POWER_MIN * part * steps.shape[1]) & (residual < RESIDUAL_MAX * own)
        same &= (gain > GAIN_MIN) & (gain < GAIN_MAX)
        found[period : period + same.size] |= same
    return found


def _summed(a: Sound, b: Sound) -> Sound:
    """Sums of products up to the start of each step, and of all."""
    made: Sound = np.concatenate(([0.0], np.cumsum(np.einsum("ij,ij->i", a, b))))
    return made


def robotic(sound: Sound, rate_hz: int, tonal: Mask) -> list[Defect]:
    """Windows of two seconds with repeated frames; `tonal` (per 10 ms): where a tone explains them. Value: their share."""
    found = repeats(without_offset(sound, rate_hz), rate_hz)
    found[np.repeat(tonal, round(FRAME_S / STEP_S))[: found.size].nonzero()] = False
    per = int(WINDOW_S / STEP_S)
    share = np.array([found[i : i + per].mean() for i in range(0, found.size, per)])
    return [
        Defect(Fault.ROBOTIC, start * WINDOW_S, end * WINDOW_S, 100 * float(share[start:end].mean()), "% repeated")
        for start, end in runs(share > SHARE_MIN).tolist()
    ]
