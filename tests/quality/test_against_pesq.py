"""The opinion and the comparison against PESQ (ITU-T P.862.1) on the voice of the prompts, which neither was fitted to."""

from __future__ import annotations

import numpy as np
import pytest
from pesq import pesq

from quality.opinion.estimate import Judge
from quality.reference import compare
from tests.quality.lab.impair import families
from tests.quality.voices import RATE, Sound, voice

CLIPS = 4
Scores = np.ndarray


@pytest.fixture(scope="module")
def scores() -> Scores:
    """Rows of PESQ, opinion, opinion of sound alone, E-model, comparison."""
    random, judge, rows = np.random.default_rng(8), Judge(), []
    for first in range(CLIPS):
        said = voice(8, 2 * first, floor_dbov=-80)
        for draw in families(said, random, voice(8, 2 * first + 1)):
            one = draw()
            rows.append([truth(said, one.sound), *opinions(judge, one), compare(said, one.sound).mos or 1.0])
    return np.array(rows)


def truth(said: Sound, heard: Sound) -> float:
    return float(pesq(RATE, said.astype(np.float32), heard.astype(np.float32), "nb"))


def opinions(judge: Judge, one: object) -> list[float]:
    known = judge.opinion(one.sound, RATE, one.packets)
    alone = judge.opinion(one.sound, RATE, None)
    assert known is not None
    assert alone is not None
    return [known.mos, alone.mos, one.packets.mos]


def likeness(scores: Scores, column: int) -> float:
    return float(np.corrcoef(scores[:, 0], scores[:, column])[0, 1])


def test_the_opinion_follows_pesq_far_better_than_packets_alone(scores: Scores) -> None:
    assert likeness(scores, 1) > 0.8
    assert likeness(scores, 2) > 0.65
    assert likeness(scores, 1) > likeness(scores, 3) + 0.15


def test_bad_calls_are_told_from_good_ones(scores: Scores) -> None:
    bad, good = (scores[chosen, 1] for chosen in (scores[:, 0] < 2.5, scores[:, 0] >= 2.5))
    assert np.mean(bad[:, None] < good[None, :]) > 0.88


def test_the_comparison_with_what_was_said_follows_it_too(scores: Scores) -> None:
    assert likeness(scores, 4) > 0.6
