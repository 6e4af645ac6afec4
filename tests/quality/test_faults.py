"""Faults of one direction: found where they were put, and never in a voice that is in order."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from quality.signal import clicks, clipping, dropouts, hum, laws, offset, robotic
from quality.signal.defect import Defect
from quality.signal.tones import lines, tonal
from tests.quality.voices import RATE, Sound, decoded, encoded, noise, over_g711, tone, voice

Find = Callable[[Sound], list[Defect]]

FINDERS: dict[str, Find] = {
    "clipping": lambda sound: clipping.clipping(sound, RATE, tonal(lines(sound, RATE))),
    "offset": lambda sound: offset.offsets(sound, RATE),
    "hum": lambda sound: hum.hum(sound, RATE),
    "dropouts": lambda sound: dropouts.dropouts(sound, RATE),
    "robotic": lambda sound: robotic.robotic(sound, RATE, tonal(lines(sound, RATE))),
    "clicks": lambda sound: clicks.clicking(sound, RATE),
    "laws": lambda sound: laws.wrong_law(sound, RATE),
}


@pytest.mark.parametrize("name", sorted(FINDERS))
@pytest.mark.parametrize("first", [0, 3, 5])
@pytest.mark.parametrize("law", ["PCMU", "PCMA"])
def test_a_voice_in_order_has_no_fault(name: str, first: int, law: str) -> None:
    assert [] == FINDERS[name](over_g711(voice(20, first), law))


@pytest.mark.parametrize("name", sorted(FINDERS))
def test_nothing_tones_and_noise_have_no_fault_but_what_they_are(name: str) -> None:
    assert [] == FINDERS[name](np.zeros(0))
    assert [] == FINDERS[name](np.zeros(RATE * 5))
    assert [] == FINDERS[name](over_g711(tone(5, 440, 480, dbov=-16)))
    assert [] == FINDERS[name](over_g711(noise(RATE * 5, -40)))


@pytest.mark.parametrize("gain", [5.0, 12.0])
@pytest.mark.parametrize("after", [1.0, 0.3])
def test_tops_cut_flat_are_clipping_also_when_turned_down_later(gain: float, after: float) -> None:
    found = FINDERS["clipping"](over_g711(np.clip(voice(10) * gain, -0.9, 0.9) * after))
    assert found
    assert 0.5 < found[0].value < 50


def at_full_scale(first: int, over: float) -> Sound:
    """A voice whose loudest sample is so many times what can be said."""
    sound = voice(10, first)
    return sound * over / np.abs(sound).max()


@pytest.mark.parametrize(("first", "over"), [(0, 1.15), (3, 1.25), (5, 1.25)])
@pytest.mark.parametrize("law", ["PCMU", "PCMA"])
def test_a_few_single_tops_cut_at_full_scale_are_clipping_too(first: int, over: float, law: str) -> None:
    assert FINDERS["clipping"](over_g711(np.clip(at_full_scale(first, over), -0.99, 0.99), law))


@pytest.mark.parametrize("first", [0, 3, 5])
@pytest.mark.parametrize("law", ["PCMU", "PCMA"])
@pytest.mark.parametrize("top", [0.94, 0.97, 1.0])
def test_a_voice_that_just_reaches_full_scale_is_not(first: int, law: str, top: float) -> None:
    assert [] == FINDERS["clipping"](over_g711(at_full_scale(first, top), law))


@pytest.mark.parametrize("volts", [0.012, -0.03])
def test_an_offset_is_measured(volts: float) -> None:
    sound = voice(10)
    sound[3 * RATE : 7 * RATE] += volts
    (found,) = FINDERS["offset"](sound)
    assert [] == FINDERS["robotic"](sound)
    assert (3.0, 7.0) == (found.start_s, found.end_s)
    assert 100 * volts == pytest.approx(found.value, abs=0.2)


@pytest.mark.parametrize("mains", [50, 60])
def test_hum_is_found_and_its_level_measured(mains: int) -> None:
    sound = over_g711(voice(12) + tone(12, mains, 2 * mains, dbov=-48))
    (found,) = FINDERS["hum"](sound)
    assert -45.0 == pytest.approx(found.value, abs=2.0)


def gapped(sound: Sound, at_s: list[float], seconds: float, fill: str) -> Sound:
    """Speech with frames missing where it is loud: silent, or the frame before again."""
    made, size = sound.copy(), int(seconds * RATE)
    for place in at_s:
        here = int(place * RATE)
        window = np.convolve(np.abs(sound[here : here + RATE]), np.ones(400), "same")
        start = (here + int(window.argmax())) // 160 * 160
        made[start : start + size] = 0 if fill == "silence" else np.resize(made[start - 160 : start], size)
    return made


def test_lost_packets_that_were_silence_are_dropouts_of_that_length() -> None:
    places = [1.0, 5.0, 9.0]
    found = FINDERS["dropouts"](gapped(over_g711(voice(12)), places, 0.06, "silence"))
    assert len(places) == len(found)
    assert [60.0] * 3 == pytest.approx([one.value for one in found], abs=4.0)
    assert all(place <= one.start_s <= place + 1.1 for place, one in zip(places, found, strict=True))


def test_a_decoder_that_repeats_its_last_frame_is_robotic() -> None:
    found = FINDERS["robotic"](over_g711(gapped(voice(12), [1.0, 1.5, 5.0, 5.5], 0.08, "repeat")))
    assert found
    assert found[0].start_s <= 2.0
    assert found[-1].end_s <= 8.0


def test_clicks_are_counted() -> None:
    sound = voice(20)
    places = np.random.default_rng(3).integers(RATE, 19 * RATE, 20)
    sound[places] += 0.35
    (found,) = FINDERS["clicks"](over_g711(np.clip(sound, -1, 1)))
    assert 60.0 == pytest.approx(found.value, rel=0.2)


@pytest.mark.parametrize("wrote, read", [("PCMU", "PCMA"), ("PCMA", "PCMU")])
def test_the_wrong_law_is_heard(wrote: str, read: str) -> None:
    (found,) = FINDERS["laws"](decoded(read, encoded(wrote, voice(8))))
    assert found.end_s - found.start_s >= 6.0


def test_a_quiet_voice_is_not_cut_out() -> None:
    assert [] == FINDERS["dropouts"](over_g711(voice(20) * 0.1))
