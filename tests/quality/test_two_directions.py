"""What only both directions together tell: one way, dead air, echo, half duplex; and the whole of a recording."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from quality.signal.analysis import PIECE_S, Direction, Listener, merged
from quality.signal.dead import dead_air, one_way, track
from quality.signal.defect import Defect, Fault
from quality.signal.double_talk import chance, cut_by_other
from quality.signal.echo import echo
from quality.signal.frames import levels
from tests.quality.voices import RATE, Sound, noise, over_g711, samples, voice


def conversation(seconds: float = 30.0) -> tuple[Sound, Sound]:
    """Two who take turns of three seconds with half a second between them."""
    size = int(seconds * RATE)
    turn = np.arange(size) / RATE % 7.0
    first = voice(seconds, 0) * (turn < 3.0) + noise(size, -70, 5)
    second = voice(seconds, 4) * ((turn > 3.5) & (turn < 6.5)) + noise(size, -70, 6)
    return over_g711(first), over_g711(second)


def echoed(near: Sound, far: Sound, delay_ms: int, loss_db: float) -> Sound:
    late = np.zeros_like(far)
    late[8 * delay_ms :] = far[: -8 * delay_ms] * 10 ** (-loss_db / 20)
    return over_g711(near + late)


@pytest.mark.parametrize("delay_ms, loss_db", [(20, 12), (120, 20), (300, 26), (500, 32)])
def test_an_echo_is_found_with_delay_and_loss(delay_ms: int, loss_db: float) -> None:
    near, far = conversation()
    found = echo(far, echoed(near, far, delay_ms, loss_db), RATE)
    assert found is not None
    assert delay_ms == pytest.approx(found.delay_ms, abs=6)
    assert loss_db == pytest.approx(found.loss_db, abs=2.5)


def test_without_an_echo_none_is_found() -> None:
    near, far = conversation()
    assert None is echo(far, near, RATE)
    assert None is echo(near, far, RATE)
    assert None is echo(far, np.zeros_like(far), RATE)
    assert None is echo(np.zeros(0), np.zeros(0), RATE)


def test_an_answer_within_the_longest_delay_is_no_echo() -> None:
    size = 30 * RATE
    turn = np.arange(size) / RATE % 7.0
    for shift in range(0, 60 * RATE, 2 * RATE):
        first = np.roll(voice(60, 5), shift)[:size] * (turn < 3.0) + noise(size, -70, 5)
        second = np.roll(voice(60, 2), 3 * shift)[:size] * ((turn > 3.5) & (turn < 6.5)) + noise(size, -70, 6)
        assert None is echo(over_g711(first), over_g711(second), RATE), shift


def test_who_speaks_across_the_other_falls_silent_at_his_onsets_no_more_often_than_elsewhere() -> None:
    voices = [over_g711(voice(60, first)) for first in (0, 3, 5)]
    for shift in range(0, 60 * RATE, 3 * RATE):
        for one, other in ((0, 1), (1, 2), (2, 0)):
            pair = np.roll(voices[one], shift)[: 20 * RATE], np.roll(voices[other], 3 * shift)[: 20 * RATE]
            assert [] == cut_by_other(*pair, RATE), (one, other, shift)


@pytest.mark.parametrize("nothing", [np.zeros(30 * RATE), over_g711(noise(30 * RATE, -64))])
def test_silence_and_comfort_noise_from_one_who_is_spoken_to_are_one_way(nothing: Sound) -> None:
    speaks, _ = conversation()
    (found,) = one_way(track(nothing, RATE), track(speaks, RATE))
    assert (0.0, 30.0) == pytest.approx((found.start_s, found.end_s), abs=0.05)
    assert [] == one_way(track(speaks, RATE), track(nothing, RATE))
    assert [] == dead_air(track(speaks, RATE), track(nothing, RATE))


def test_a_way_that_is_lost_in_the_middle_is_dated() -> None:
    first, second = conversation()
    second[12 * RATE :] = 0
    (found,) = one_way(track(second, RATE), track(first, RATE))
    assert 12.0 == pytest.approx(found.start_s, abs=2.0)


def test_nobody_at_all_is_dead_air_and_a_conversation_is_neither() -> None:
    quiet = track(np.zeros(20 * RATE), RATE)
    assert [20.0] == [one.value for one in dead_air(quiet, quiet)]
    first, second = (track(one, RATE) for one in conversation())
    assert [] == one_way(first, second) + one_way(second, first) + dead_air(first, second)


def test_a_side_that_is_cut_by_each_word_of_the_other_is_half_duplex() -> None:
    first, second = over_g711(voice(20, 0)), over_g711(voice(20, 4))
    loud = levels(first, RATE) > -34
    held = np.convolve(loud, np.concatenate((np.zeros(18), np.ones(19))), "same")[: loud.size] > 0
    cut = over_g711(second * np.where(np.repeat(held, 80), 0.02, 1.0))
    assert [Fault.DOUBLE_TALK] == [one.fault for one in cut_by_other(cut, first, RATE)]
    assert [] == cut_by_other(second, first, RATE)
    assert [] == cut_by_other(*conversation(), RATE)


def heard(*channels: Sound) -> tuple[Direction, ...]:
    listener, recording = Listener(RATE, len(channels)), samples(*channels)
    for start in range(0, len(recording), PIECE_S * RATE):
        listener.hear(recording[start : start + PIECE_S * RATE])
    return listener.told()


def test_a_good_call_has_levels_and_no_defects() -> None:
    sides = heard(*conversation(70.0))
    assert [(), ()] == [side.defects for side in sides]
    for side in sides:
        document = side.to_document()
        assert -26.0 == pytest.approx(document["level_dbov"], abs=2.0)
        assert 0.2 < document["activity"] < 0.5
        assert -70.0 == pytest.approx(document["noise_dbov"], abs=3.0)


def test_defects_over_the_edge_of_a_piece_are_one_and_belong_to_their_side() -> None:
    first, second = conversation(70.0)
    second[50 * RATE :] = 0.02
    good, bad = heard(first, second)
    assert () == good.defects
    assert {(50.0, 70.0)} == {(d.start_s, round(d.end_s, 1)) for d in bad.defects if d.fault is Fault.OFFSET}


def test_what_is_one_channel_is_judged_alone_and_nothing_is_nothing() -> None:
    (only,) = heard(over_g711(voice(10)))
    assert ((), "") == (only.defects, only.keys)
    assert () == Listener(RATE, 2).told()


def test_touching_defects_of_one_fault_are_merged_with_the_larger_evidence() -> None:
    parts = [
        Defect(Fault.HUM, 0, 60, -50, "dBov"),
        Defect(Fault.HUM, 60, 70, -40, "dBov"),
        Defect(Fault.HUM, 80, 90, 1, ""),
    ]
    assert [(0, 70), (80, 90)] == [(one.start_s, one.end_s) for one in merged(parts)]


@given(st.integers(1, 400), st.integers(0, 400), st.floats(0, 1))
def test_chance_is_the_tail_of_the_binomial_law(tries: int, hits: int, share: float) -> None:
    hits = min(hits, tries)
    assert binom.sf(hits - 1, tries, share) == pytest.approx(chance(hits, tries, share), rel=1e-6, abs=1e-12)
