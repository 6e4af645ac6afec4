"""Full reference: what arrived is found, timed, weighed and scored against what was said."""

from __future__ import annotations

import numpy as np
import pytest

from quality.reference import compare
from tests.quality.voices import RATE, noise, over_g711, tone, voice


@pytest.mark.parametrize("delay, gain_db", [(0, 0.0), (800, -12.0), (40_000, 6.0)])
def test_clean_speech_is_found_with_its_delay_and_gain(delay: int, gain_db: float) -> None:
    said = voice(6)
    heard = np.concatenate([noise(delay, -70), over_g711(said * 10 ** (gain_db / 20)), noise(4000, -70)])
    found = compare(said, heard)
    assert found.mos is not None
    assert (1.0, True) == (found.share_heard, found.mos > 3.8)
    assert (delay / 8, gain_db) == pytest.approx((found.delay_ms, found.gain_db), abs=0.3)


def test_worse_sound_has_a_lower_score() -> None:
    said = voice(6)
    clean, hiss, loud = (compare(said, over_g711(said + noise(said.size, level))).mos for level in (-70, -45, -30))
    assert clean is not None
    assert hiss is not None
    assert loud is not None
    assert loud < hiss < clean


def test_a_jitter_buffer_that_stretches_time_costs_little() -> None:
    said = voice(8)
    heard = np.concatenate([said[: 3 * RATE], said[3 * RATE - 160 : 5 * RATE], said[5 * RATE + 160 :]])
    found = compare(said, over_g711(heard))
    assert found.share_heard > 0.9
    assert (found.mos or 0) > 3.0


def test_half_of_the_speech_is_half_heard_and_nothing_is_nothing() -> None:
    said = voice(8)
    half = over_g711(said).copy()
    half[: 4 * RATE] = 0
    assert 0.25 < compare(said, half).share_heard < 0.75
    for nothing in (np.zeros(0), np.zeros(8 * RATE), np.zeros(100)):
        assert (None, 0.0) == (compare(said, nothing).mos, compare(said, nothing).share_heard)
    other = compare(said, over_g711(tone(8, 440)))
    assert (None, 0.0) == (other.mos, other.share_heard)
    assert {"mos", "similarity", "share_heard", "delay_ms", "gain_db"} == set(other.to_document())
