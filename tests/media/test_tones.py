"""Tones by country: the table against what E.180 and its supplement say, and what is heard of it."""

from __future__ import annotations

import numpy as np
import pytest

from media.audio import tones

NAMES = {"dial", "ringback", "busy", "congestion", "waiting", "sit"}


def test_every_country_has_every_tone() -> None:
    for country in ("us", "gb", "de", "fr", "ru", "itu"):
        assert NAMES == {tone.name.split("/")[1] for tone in tones.TONES if tone.name.startswith(f"{country}/")}


@pytest.mark.parametrize("tone", tones.TONES, ids=lambda tone: tone.name)
def test_a_tone_has_its_frequencies_and_its_level_and_its_cadence(tone: tones.Tone) -> None:
    sound = tones.period(tone).astype(float)
    assert sum(ms for _, ms in tone.parts) * 8 == len(sound)
    at = 0
    for frequencies, ms in tone.parts:
        part = sound[at : at + ms * 8]
        at += ms * 8
        assert (0 == np.abs(part).max()) == (not frequencies)
        middle = part[tones.RAMP_FRAMES : -tones.RAMP_FRAMES or None]
        for frequency in frequencies:
            turns = np.exp(-2j * np.pi * frequency * np.arange(len(middle)) / 8000)
            strength = 2 * np.abs((middle * turns).mean())
            assert pytest.approx(tone.level_dbm0, abs=0.7) == 20 * np.log10(strength / 32767) + tones.FULL_SCALE_DBM0


@pytest.mark.parametrize("name", ["us/dial", "gb/dial", "de/dial", "fr/dial", "ru/dial", "itu/dial"])
def test_a_steady_tone_repeats_without_a_seam(name: str) -> None:
    sound = tones.named(name)
    again = np.concatenate([sound, sound]).astype(int)
    steps = np.abs(np.diff(again, n=2))
    assert steps[: len(sound) - 2].max() + 2 >= steps[len(sound) - 2 : len(sound) + 1].max()


def test_no_country_is_north_america_and_no_tone_is_none() -> None:
    assert (tones.named("us/busy") == tones.named("busy")).all()
    assert tones.named("zz/busy") is None
    assert tones.named("nonsense") is None


@pytest.mark.parametrize("country", ["us", "gb", "de", "fr", "ru", "itu"])
def test_the_special_information_tone_is_three_rising_ones_and_a_second_of_nothing(country: str) -> None:
    tone = next(tone for tone in tones.TONES if tone.name == f"{country}/sit")
    assert [(950.0,), (1400.0,), (1800.0,), ()] == [frequencies for frequencies, _ in tone.parts]
    assert [330, 330, 330, 1000] == [ms for _, ms in tone.parts]
