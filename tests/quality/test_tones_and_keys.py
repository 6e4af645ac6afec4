"""Tones and keys in the sound: named, measured, and damage told."""

from __future__ import annotations

import numpy as np
import pytest

from quality.signal.defect import Fault
from quality.signal.keys import DIGITS, HIGH_HZ, LOW_HZ, damaged, keys
from quality.signal.tones import lines, tones
from tests.quality.voices import RATE, Sound, over_g711, tone, voice


@pytest.mark.parametrize(
    "frequencies, name",
    [
        ((350, 440), "dial tone"),
        ((440, 480), "ringing"),
        ((480, 620), "busy"),
        ((425,), "tone 425"),
        ((1100,), "fax calling"),
        ((2100,), "fax or modem answering"),
        ((700,), None),
    ],
)
def test_a_tone_within_speech_is_named_and_timed(frequencies: tuple[int, ...], name: str | None) -> None:
    sound = over_g711(np.concatenate([voice(3), tone(2, *frequencies), voice(3, 2)]))
    (found,) = tones(lines(sound, RATE))
    assert frequencies == pytest.approx(found.frequencies_hz, abs=3)
    assert name == found.name
    assert (3.0, 5.0) == pytest.approx((found.start_s, found.end_s), abs=0.1)


def test_a_voice_is_no_tone() -> None:
    assert [] == tones(lines(over_g711(voice(20)), RATE))
    assert [] == tones(lines(np.zeros(10), RATE))


def press(digit: str, ms: float, twist_db: float = 0.0) -> Sound:
    row = next(i for i, keys_of in enumerate(DIGITS) if digit in keys_of)
    low, high = LOW_HZ[row], HIGH_HZ[DIGITS[row].index(digit)]
    made: Sound = tone(ms / 1000, low) + tone(ms / 1000, high, dbov=-20 + twist_db)
    return made


def pressed(*sounds: Sound) -> Sound:
    gap = np.zeros(RATE // 10)
    return over_g711(np.concatenate([gap, *(part for sound in sounds for part in (sound, gap))]))


def test_all_keys_are_read_with_their_twist() -> None:
    found = keys(pressed(*(press(digit, 80, -2.0) for digit in "1234567890*#ABCD")), RATE)
    assert "1234567890*#ABCD" == "".join(key.digit for key in found)
    assert [-2.0] * 16 == pytest.approx([key.twist_db for key in found], abs=0.5)
    assert [] == damaged(found)


def test_damage_is_told_in_words() -> None:
    broken = press("3", 120)
    broken[400:560] = 0
    found = keys(pressed(press("1", 28), press("9", 100, 9.0), press("9", 100, -12.0), broken, press("5", 90)), RATE)
    assert ["short", "twist 9 dB", "twist -12 dB", "broken", None] == [key.damage for key in found]
    assert [Fault.KEY_DAMAGE] * 4 == [one.fault for one in damaged(found)]


def test_a_voice_presses_no_key() -> None:
    assert [] == keys(over_g711(voice(20)), RATE)
