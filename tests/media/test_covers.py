"""What is masked or cut out of a recording, and that it does not click."""

from __future__ import annotations

import numpy as np
import pytest

from media.audio.covers import FADE_FRAMES, Covers

SOUND = np.full((2000, 2), 8000, np.int16)


def pieces(covers: Covers, size: int) -> np.ndarray:
    return np.concatenate([covers.apply(SOUND[at : at + size], at) for at in range(0, len(SOUND), size)])


@pytest.mark.parametrize("size", [1, 37, 400, 2000])
def test_masked_frames_are_silent_and_the_edges_are_faded(size: int) -> None:
    covers = Covers()
    covers.set_mode("masked", 500)
    covers.set_mode("on", 900)
    out = pieces(covers, size)
    assert 2000 == len(out)
    assert 0 == np.abs(out[500:900]).max()
    assert 8000 == out[: 500 - FADE_FRAMES].min() == out[900 + FADE_FRAMES :].min()
    assert 8000 // FADE_FRAMES >= np.abs(np.diff(out.astype(int), axis=0)).max()


@pytest.mark.parametrize("size", [1, 37, 400, 2000])
def test_paused_frames_are_not_there_and_nothing_clicks(size: int) -> None:
    covers = Covers()
    covers.set_mode("paused", 500)
    covers.set_mode("on", 900)
    out = pieces(covers, size)
    assert 1600 == len(out)
    assert 8000 // FADE_FRAMES >= np.abs(np.diff(out.astype(int), axis=0)).max()
    assert 0 == out[500, 0]


def test_a_cover_without_an_end_lasts() -> None:
    covers = Covers()
    covers.set_mode("masked", 100)
    assert 0 == np.abs(pieces(covers, 500)[100:]).max()


def test_a_mode_changed_for_another_ends_there() -> None:
    covers = Covers()
    covers.set_mode("masked", 500)
    covers.set_mode("paused", 700)
    covers.set_mode("on", 1000)
    out = pieces(covers, 250)
    assert 1700 == len(out)
    assert 0 == np.abs(out[500:700]).max()


def test_hidden_keys_stay_hidden_whatever_the_mode_says() -> None:
    covers = Covers()
    covers.hide(300)
    covers.hide(400)
    covers.set_mode("masked", 500)
    covers.set_mode("on", 600)
    covers.show(800)
    covers.show(900)
    out = pieces(covers, 250)
    assert 0 == np.abs(out[300:800]).max()
    assert 8000 == out[800 + FADE_FRAMES :].min()
