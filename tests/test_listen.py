"""What counts as heard: the same speech, also where a phone catches up by leaving out a little; nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from tests.interop.listen import Sound, share_heard

SECONDS = 8


def speech(seed: int) -> Sound:
    """Hum of a changing pitch in syllables, as unlike itself a little later as speech is."""
    rng = np.random.default_rng(seed)
    t = np.arange(SECONDS * 8000)
    pitch_hz = np.interp(t, np.arange(0, t.size, 800), rng.uniform(90, 240, t.size // 800))
    phase = 2 * np.pi * np.cumsum(pitch_hz) / 8000
    loud = np.interp(t, np.arange(0, t.size, 800), rng.uniform(0.05, 0.3, t.size // 800))
    return np.asarray(loud * sum(np.sin(k * phase + rng.uniform(0, 6)) / k for k in range(1, 12)) / 2)


def test_what_came_a_little_later_is_heard_whole() -> None:
    said = speech(1)
    assert share_heard(np.concatenate([np.zeros(777), said]), said) == 1.0


def test_a_phone_that_catches_up_is_heard() -> None:
    said = speech(1)
    steps = np.split(said, np.arange(16000, 40000, 1600))
    heard = np.concatenate([np.zeros(800), steps[0], np.zeros(1440), *(step[72:] for step in steps[1:])])
    assert share_heard(heard, said) > 0.8


@pytest.mark.parametrize("every", [5, 10])
def test_packets_that_are_missing_are_missed(every: int) -> None:
    said = speech(1)
    heard = said.copy()
    for at in range(0, said.size, 160 * every):
        heard[at : at + 320] = 0.0
    assert share_heard(heard, said) < 0.7


def test_other_speech_and_silence_are_not_heard() -> None:
    said = speech(1)
    assert share_heard(speech(2), said) < 0.1
    assert share_heard(np.zeros(SECONDS * 8000), said) == 0.0


def test_half_of_it_is_half() -> None:
    said = speech(1)
    assert share_heard(np.concatenate([said[: said.size // 2], speech(2)[: said.size // 2]]), said) == pytest.approx(
        0.5, abs=0.1
    )
