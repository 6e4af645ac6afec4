"""A message made ready: silence cut, speech at its level, nothing clipped."""

from __future__ import annotations

import numpy as np
import pytest

from media.audio import message

T = np.arange(16000) / 8000


def spoken(amplitude: float) -> np.ndarray:
    return np.round(amplitude * np.sin(2 * np.pi * 300 * T)).astype(np.int16)


def dbov(samples: np.ndarray) -> float:
    return 10 * float(np.log10((samples.astype(float) ** 2).mean() / (32768.0**2 / 2)))


@pytest.mark.parametrize(("level", "becomes"), [(-35, -20), (-30, -20), (-20, -20), (-10, -20), (-5, -17), (-42, -24)])
def test_speech_comes_to_its_level_within_limits(level: float, becomes: float) -> None:
    ready = message.ready(spoken(32768 * 10 ** (level / 20)))
    assert pytest.approx(becomes, abs=0.2) == dbov(ready)


def test_silence_is_cut_at_both_ends_and_kept_within() -> None:
    quiet = np.zeros(24000, np.int16)
    ready = message.ready(np.concatenate([quiet, spoken(3000), quiet, spoken(3000), quiet]))
    assert 16000 + 24000 + 16000 + message.LEAD_KEPT_FRAMES + message.TAIL_KEPT_FRAMES == len(ready)


def test_a_loud_click_keeps_the_gain_down() -> None:
    sound = spoken(500)
    sound[8000] = 28000
    assert message.PEAK_MAX >= np.abs(message.ready(sound).astype(int)).max()


@pytest.mark.parametrize("sound", [np.zeros(0, np.int16), np.zeros(9000, np.int16), np.full(9000, 3, np.int16)])
def test_nothing_is_left_of_silence(sound: np.ndarray) -> None:
    assert 0 == len(message.ready(sound))
