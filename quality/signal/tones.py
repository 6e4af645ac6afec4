"""Tones that are no voice: one or two lines hold nearly all the power of a frame. Which they are is told by frequency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quality.signal.frames import FRAME_S, Mask, Sound, closed, decibels, runs, spectra

WINDOW_S = 0.1
HOP_FRAMES = 2
EDGE_FRAMES = 6
IN_LINES = 0.97
LEVEL_DBOV = -45.0
SHORTEST_S = 0.2
STEADY_HZ = 6.0
STEADY_DB = 3.0
"""A vowel may look like a tone for a moment; its pitch and loudness move."""
NAMES: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("dial tone", (350, 440)),
    ("ringing", (440, 480)),
    ("busy", (480, 620)),
    ("tone 425", (425,)),
    ("fax calling", (1100,)),
    ("fax or modem answering", (2100,)),
    ("special information", (950,)),
    ("special information", (1400,)),
    ("special information", (1800,)),
    ("milliwatt", (1004,)),
)
NEAR_HZ = 20.0


@dataclass(frozen=True, slots=True)
class Tone:
    """One or two frequencies that sound together."""

    start_s: float
    end_s: float
    frequencies_hz: tuple[int, ...]
    name: str | None


@dataclass(frozen=True, slots=True)
class Lines:
    """Every 10 ms: tone or not, the frequencies of the two strongest lines (twice the same for one), their power in dB."""

    is_tone: Mask
    low_hz: Sound
    high_hz: Sound
    level_db: Sound


def tonal(found: Lines) -> Mask:
    """For each 10 ms: is it a tone, or beside one?"""
    mask = found.is_tone
    return np.convolve(mask, np.ones(2 * EDGE_FRAMES + 1), "same")[: mask.size] > 0 if mask.size else mask


def tones(lines: Lines) -> list[Tone]:
    """Tones of some length, in order."""
    found = []
    for start, end in runs(closed(lines.is_tone, 2)).tolist():
        if (end - start) * FRAME_S < SHORTEST_S:
            continue
        here = slice(start + 1, end - 1)
        low_hz, high_hz = lines.low_hz[here], lines.high_hz[here]
        if max(_spread(low_hz), _spread(high_hz)) > STEADY_HZ or _spread(lines.level_db[here]) > STEADY_DB:
            continue
        low, high = float(np.median(low_hz)), float(np.median(high_hz))
        frequencies = (round(low),) if high - low < 1.5 / WINDOW_S else (round(low), round(high))
        found.append(Tone(start * FRAME_S, end * FRAME_S, frequencies, _name(frequencies)))
    return found


def lines(sound: Sound, rate_hz: int) -> Lines:
    """The two strongest lines of windows of `WINDOW_S`."""
    size, step = int(WINDOW_S * rate_hz), int(FRAME_S * rate_hz) * HOP_FRAMES
    count = sound.size // (step // HOP_FRAMES)
    if sound.size < size:
        return Lines(np.zeros(count, dtype=np.bool_), np.zeros(count), np.zeros(count), np.zeros(count))
    power = spectra(sound, size, step)
    total = power.sum(axis=1)
    rows = np.arange(len(power))
    powers, places = [], []
    for _ in range(2):
        top = np.clip(power[:, 2:-2].argmax(axis=1) + 2, 2, power.shape[1] - 3)
        near = top[:, None] + np.arange(-2, 3)
        here = power[rows[:, None], near]
        powers.append(here.sum(axis=1))
        places.append((here * near).sum(axis=1) / np.maximum(powers[-1], 1e-20) / WINDOW_S)
        power[rows[:, None], near] = 0
    alone = powers[1] < 0.05 * powers[0]
    loud = total > 10 ** (LEVEL_DBOV / 10) * float(np.dot(np.hanning(size), np.hanning(size))) * size / 2
    is_tone = loud & (powers[0] + powers[1] > IN_LINES * total)
    second = np.where(alone, places[0], places[1])
    at = np.clip((np.arange(count) - size // step * HOP_FRAMES // 2) // HOP_FRAMES, 0, len(power) - 1)
    first = places[0]
    return Lines(is_tone[at], np.minimum(first, second)[at], np.maximum(first, second)[at], decibels(total)[at])


def _spread(values: Sound) -> float:
    """The range of the middle 80 per cent, halved."""
    return float(np.quantile(values, 0.9) - np.quantile(values, 0.1)) / 2


def _name(frequencies: tuple[int, ...]) -> str | None:
    for name, wanted in NAMES:
        if len(wanted) == len(frequencies) and all(
            abs(a - b) <= NEAR_HZ for a, b in zip(wanted, frequencies, strict=True)
        ):
            return name
    return None
