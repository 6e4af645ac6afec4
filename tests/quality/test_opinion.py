"""The opinion: the trees' arithmetic, what has none, and that it follows what was done to real speech."""

from __future__ import annotations

import numpy as np
import pytest

from quality.opinion.estimate import Judge
from quality.opinion.features import NAMES, Packets, features
from quality.opinion.trees import of_document
from quality.recording import Recording
from quality.signal.analysis import PIECE_S
from tests.quality.voices import RATE, Sound, noise, over_g711, samples, voice

CLEAN = Packets(0.0, 25.1, 0.0)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge()


def test_a_tree_goes_right_above_its_threshold_and_bags_are_averaged() -> None:
    document = {"base": 1.0, "bags": 2, "feature": [[0, 1, 1]] * 2, "threshold": [[0.5, 10, 20]] * 2}
    trees = of_document({**document, "leaf": [[1, 2, 3, 4], [5, 6, 7, 8]]})
    assert [(4.0, 2.0), (5.0, 2.0), (6.0, 2.0), (7.0, 2.0)] == [
        trees(np.array(row, dtype=float)) for row in ([0.5, 10], [0, 11], [1, 20], [1, 21])
    ]
    with pytest.raises(ValueError, match="leaves"):
        of_document({**document, "leaf": [[1, 2], [3, 4]]})


def test_every_number_has_a_name_and_is_one() -> None:
    row = features(over_g711(voice(8)), RATE, CLEAN)
    assert row is not None
    assert (len(NAMES), True) == (row.size, bool(np.isfinite(row).all()))


def test_of_silence_and_noise_there_is_no_opinion(judge: Judge) -> None:
    assert None is judge.opinion(np.zeros(8 * RATE), RATE, CLEAN)
    assert None is judge.opinion(over_g711(noise(8 * RATE, -60)), RATE, None)
    assert None is judge.opinion(np.zeros(0), RATE, None)


def worse(first: int) -> list[tuple[Sound, Packets]]:
    speech = voice(8, first)
    lost = over_g711(speech)
    for start in range(0, lost.size, 1600):
        lost[start : start + 320] = 0
    return [
        (over_g711(np.clip(speech + noise(speech.size, -34), -1, 1)), CLEAN),
        (over_g711(np.clip(speech * 14, -0.9, 0.9) * 0.4), CLEAN),
        (lost, Packets(0.0, 4.3, 20.0, 2.0)),
    ]


@pytest.mark.parametrize("first", [3, 4])
def test_noise_clipping_and_loss_lower_it_with_and_without_packets(judge: Judge, first: int) -> None:
    clean = over_g711(voice(8, first))
    for known in (True, False):
        good = judge.opinion(clean, RATE, CLEAN if known else None)
        assert good is not None
        assert good.mos > (3.6 if known else 3.3)
        assert (4.41 if known else None) == pytest.approx(good.packet_mos, abs=0.01)
        for sound, packets in worse(first):
            bad = judge.opinion(sound, RATE, packets if known else None)
            assert bad is not None
            assert bad.mos < good.mos - 0.8
            assert 0.1 <= bad.error < 1.5


def test_a_recording_is_judged_a_window_at_a_time_with_the_packets_of_its_time(judge: Judge) -> None:
    speech = over_g711(voice(70.0))
    speech[40 * RATE : 48 * RATE] = worse(0)[0][0]
    asked: list[tuple[int, float, float]] = []

    def packets(channel: int, start_s: float, end_s: float) -> Packets | None:
        asked.append((channel, start_s, end_s))
        return CLEAN

    recording, sound = Recording(RATE, 1, judge, packets), samples(speech)
    for start in range(0, len(sound), PIECE_S * RATE):
        recording.hear(sound[start : start + PIECE_S * RATE])
    (channel,) = (told := recording.told())["channels"]
    assert 70.0 == told["seconds"]
    assert [(0, 0.0, 8.0), (0, 8.0, 16.0), (0, 60.0, 68.0)] == [asked[0], asked[1], asked[-1]]
    assert 40.0 == min(channel["opinions"], key=lambda one: one["mos"])["at_s"]
    assert channel["mos_min"] < 3.0 < channel["mos"]


def test_a_recording_without_a_sound_has_no_score(judge: Judge) -> None:
    assert {"version": 1, "seconds": 0.0, "channels": []} == Recording(RATE, 2, judge).told()
    silent = Recording(RATE, 2, judge)
    silent.hear(np.zeros((20 * RATE, 2), dtype=np.int16))
    told = silent.told()["channels"]
    assert [(None, None, [])] * 2 == [(one["mos"], one["mos_min"], one["opinions"]) for one in told]
    assert ["dead_air"] * 2 == [one["defects"][0]["fault"] for one in told]
