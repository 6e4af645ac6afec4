"""Levels, noise, loudness and kinds of quiet against sound whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from quality.signal.active_level import ActiveLevel, active_level
from quality.signal.activity import activity, seconds
from quality.signal.balance import imbalance, loudness
from quality.signal.defect import Fault
from quality.signal.noise import noise as measured_noise
from quality.signal.noise import noisy
from quality.signal.silence import shares
from tests.quality.voices import RATE, noise, over_g711, tone, voice


def level(sound: np.ndarray) -> ActiveLevel:
    found = active_level(sound, RATE)
    assert found is not None
    return found


@pytest.mark.parametrize("dbov", [-40.0, -26.0, -10.0])
def test_a_tone_without_pauses_has_its_own_level(dbov: float) -> None:
    assert dbov == pytest.approx(level(tone(10, 1000, dbov=dbov)).dbov, abs=0.05)


@pytest.mark.parametrize("share", [0.25, 0.5, 0.8])
def test_pauses_do_not_lower_the_active_level(share: float) -> None:
    second = np.concatenate([tone(10 * share, 1000, dbov=-26), np.zeros(int(10 * (1 - share) * RATE))])
    found = level(np.concatenate([second, second]))
    with_hangover = 10 * np.log10(share / (share + 0.025))
    assert -26.0 + with_hangover == pytest.approx(found.dbov, abs=0.15)
    assert share == pytest.approx(found.factor, abs=0.05)


def test_twice_the_voice_is_6_02_db_more_at_any_level() -> None:
    speech = voice(12, floor_dbov=-96)
    quiet, loud = level(speech * 0.25), level(speech * 0.5)
    assert 6.02 == pytest.approx(loud.dbov - quiet.dbov, abs=0.05)


def test_silence_has_no_active_level() -> None:
    assert None is active_level(np.zeros(RATE), RATE)
    assert None is active_level(np.zeros(0), RATE)


@pytest.mark.parametrize("floor", [-60.0, -50.0, -40.0])
def test_the_noise_floor_is_that_of_the_pauses(floor: float) -> None:
    speech = over_g711(voice(20, floor_dbov=floor))
    found = measured_noise(speech, RATE, active_level(speech, RATE))
    assert found is not None
    assert floor == pytest.approx(found.floor_dbov, abs=1.5)
    assert -26 - floor == pytest.approx(found.snr_db, abs=2.0)


def test_loud_pauses_are_a_defect_and_quiet_ones_are_not() -> None:
    bad, good = over_g711(voice(20, floor_dbov=-44)), over_g711(voice(20))
    defects = noisy(measured_noise(bad, RATE, active_level(bad, RATE)), 20.0)
    assert [Fault.NOISE] == [one.fault for one in defects]
    assert [] == noisy(measured_noise(good, RATE, active_level(good, RATE)), 20.0)
    assert [] == noisy(measured_noise(np.zeros(RATE), RATE, None), 1.0)


@pytest.mark.parametrize("first", range(8))
def test_speech_between_digital_silence_is_not_noise(first: int) -> None:
    speech = np.concatenate([np.zeros(6 * RATE), voice(5, first, floor_dbov=-96), np.zeros(6 * RATE)])
    sent = over_g711(speech)
    assert [] == noisy(measured_noise(sent, RATE, active_level(sent, RATE)), 17.0)


@pytest.mark.parametrize("gain_db, expected", [(-20, [Fault.TOO_QUIET]), (0, []), (16, [Fault.TOO_LOUD])])
def test_a_side_too_quiet_or_too_loud_is_told(gain_db: float, expected: list[Fault]) -> None:
    speech = np.clip(voice(20) * 10 ** (gain_db / 20), -1, 1)
    assert expected == [one.fault for one in loudness(active_level(speech, RATE), 20.0)]


def test_the_quieter_of_two_sides_far_apart_has_the_defect() -> None:
    quiet, normal = ActiveLevel(-44.0, 0.4), ActiveLevel(-26.0, 0.4)
    assert [18.0] == [one.value for one in imbalance(quiet, normal, 30.0)]
    assert [] == imbalance(normal, quiet, 30.0)
    assert [] == imbalance(quiet, None, 30.0)


def test_kinds_of_quiet_are_told_apart() -> None:
    parts = (np.zeros(5 * RATE), over_g711(noise(5 * RATE, -62)), over_g711(tone(5, 1000)))
    found = shares(np.concatenate(parts), RATE)
    assert found is not None
    assert (0.33, 0.33, 0.33) == pytest.approx((found.digital, found.comfort_noise, found.sound), abs=0.02)
    assert None is shares(np.zeros(0), RATE)


def test_speech_is_active_and_a_noisy_room_is_not() -> None:
    room = noise(10 * RATE, -45)
    assert 0.0 == seconds(activity(room, RATE))
    speech = room.copy()
    speech[2 * RATE : 6 * RATE] += voice(4)
    mask = activity(speech, RATE)
    assert 2.5 < seconds(mask) <= 4.4
    assert not mask[:190].any()
    assert not mask[630:].any()
