"""Key tones (ITU-T Q.23, Q.24) in the sound, and what damaged them: too short, broken in two, one tone weaker than the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quality.signal.defect import Defect, Fault
from quality.signal.frames import Sound, runs

LOW_HZ, HIGH_HZ = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
DIGITS = ("123A", "456B", "789C", "*0#D")
WINDOW_S = 0.02
STEP_S = 0.005
IN_PAIR = 0.85
LEVEL_DBOV = -36.0
SHORTEST_S = 0.015
LENGTH_S_MIN = 0.04
BREAK_S_MAX = 0.03
TWIST_DB_MAX, TWIST_DB_MIN = 4.5, -8.5
"""High over low tone: what a receiver by Q.24 takes, with half a dB for the measurement."""


@dataclass(frozen=True, slots=True)
class Key:
    """One press; `damage` in words, None when any receiver takes it."""

    digit: str
    start_s: float
    end_s: float
    twist_db: float
    level_dbov: float
    damage: str | None


def keys(sound: Sound, rate_hz: int) -> list[Key]:
    """Presses in order; pieces of one press are joined and called broken."""
    digit, twist, level = _frames(sound, rate_hz)
    found: list[Key] = []
    for symbol in np.unique(digit[digit >= 0]).tolist():
        for start, end in runs(digit == symbol).tolist():
            seconds = (end - start - 1) * STEP_S + WINDOW_S * 0.75
            if end - start < 2 or seconds < SHORTEST_S:
                continue
            middle = slice(start, end)
            found.append(
                Key(
                    DIGITS[symbol // 4][symbol % 4],
                    start * STEP_S,
                    start * STEP_S + seconds,
                    float(np.median(twist[middle])),
                    float(np.median(level[middle])),
                    None,
                )
            )
    return _judged(sorted(found, key=lambda key: key.start_s))


def damaged(pressed: Iterable[Key]) -> list[Defect]:
    """Presses that a receiver may miss or hear twice; the value is their length."""
    bad = [key for key in pressed if key.damage is not None]
    return [Defect(Fault.KEY_DAMAGE, k.start_s, k.end_s, 1000 * (k.end_s - k.start_s), f"ms: {k.damage}") for k in bad]


def _judged(pieces: list[Key]) -> list[Key]:
    whole: list[Key] = []
    for key in pieces:
        if whole and whole[-1].digit == key.digit and key.start_s - whole[-1].end_s < BREAK_S_MAX:
            last = whole.pop()
            whole.append(Key(key.digit, last.start_s, key.end_s, last.twist_db, last.level_dbov, "broken"))
            continue
        damage = None
        if not TWIST_DB_MIN <= key.twist_db <= TWIST_DB_MAX:
            damage = f"twist {key.twist_db:.0f} dB"
        elif key.end_s - key.start_s < LENGTH_S_MIN:
            damage = "short"
        whole.append(Key(key.digit, key.start_s, key.end_s, key.twist_db, key.level_dbov, damage))
    return whole


def _frames(sound: Sound, rate_hz: int) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Per 5 ms: the key's number (-1: none), high over low tone in dB, level in dBov."""
    size, step = int(WINDOW_S * rate_hz), int(STEP_S * rate_hz)
    if sound.size < size:
        return np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0)
    windows = np.lib.stride_tricks.sliding_window_view(sound.astype(np.float32), size)[::step]
    power = np.einsum("ij,ij->i", windows, windows) / size
    loud = np.flatnonzero(power > 10 ** (LEVEL_DBOV / 10))
    digit = np.full(len(windows), -1, dtype=np.int64)
    twist, level = np.zeros(len(windows)), 10 * np.log10(np.maximum(power, 1e-10))
    if loud.size == 0:
        return digit, twist, level
    angles = 2 * np.pi * np.outer(np.arange(size), (*LOW_HZ, *HIGH_HZ)) / rate_hz
    turned = windows[loud] @ np.hstack((np.cos(angles), np.sin(angles))).astype(np.float32)
    tone = 2 * (turned[:, :8] ** 2 + turned[:, 8:] ** 2) / size**2
    low, high = tone[:, :4], tone[:, 4:]
    row, column = low.argmax(axis=1), high.argmax(axis=1)
    best_low, best_high = low.max(axis=1), high.max(axis=1)
    pair = (best_low + best_high > IN_PAIR * power[loud]) & (np.minimum(best_low, best_high) > 0.02 * power[loud])
    twist[loud] = 10 * np.log10(np.maximum(best_high, 1e-12) / np.maximum(best_low, 1e-12))
    digit[loud[pair]] = (4 * row + column)[pair]
    return digit, twist, level
