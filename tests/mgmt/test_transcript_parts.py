"""A recording is cut where nobody speaks, silence is given to nobody, and words are where they are said."""

from __future__ import annotations

from typing import Any

import numpy as np

from mgmt.transcripts.parts import BLOCK_S, CUT_S, STRETCH_S, cut, lines, settled, speaks

RATE_HZ = 8000


def sound(seconds: float, *silent: tuple[float, float]) -> Any:
    """Two legs that speak, but for these seconds."""
    made = np.repeat((np.sin(np.arange(int(seconds * RATE_HZ)) / 3) * 4000).astype(np.int16)[:, None], 2, axis=1)
    for start, end in silent:
        made[int(start * RATE_HZ) : int(end * RATE_HZ)] = 0
    return made


def word(text: str, start: float, end: float) -> dict[str, Any]:
    return {"word": text, "start": start, "end": end, "confidence": 0.9}


def test_a_stretch_ends_in_the_pause_near_its_end_and_what_is_short_is_one() -> None:
    window = sound(STRETCH_S, (30, 40), (STRETCH_S - CUT_S / 2, STRETCH_S - CUT_S / 2 + 1))
    assert 0 <= cut(window, RATE_HZ) / RATE_HZ - (STRETCH_S - CUT_S / 2) <= 1
    assert 3 * RATE_HZ == cut(sound(3.0), RATE_HZ)
    assert (STRETCH_S - CUT_S) * RATE_HZ < cut(sound(STRETCH_S), RATE_HZ) <= STRETCH_S * RATE_HZ


def test_noise_of_the_line_and_a_click_are_no_speech() -> None:
    noise = np.random.default_rng(1).normal(0, 60, 10 * RATE_HZ).astype(np.int16)
    assert not speaks(noise, RATE_HZ)
    assert not speaks(sound(5.0, (0, 4.9))[:, 0], RATE_HZ)
    assert speaks(sound(5.0, (0, 4.5))[:, 0], RATE_HZ)


def test_a_word_begins_when_it_is_said_so_that_who_answers_comes_second() -> None:
    asks, answers = sound(8.0, (2, 8))[:, 0], sound(8.0, (0, 5))[:, 0]
    said = [settled([word("hello", 0.0, 6.0)], asks, RATE_HZ), settled([word("yes", 0.0, 7.5)], answers, RATE_HZ)]
    found = lines(said, 100.0)
    assert {float} == {
        type(one[name]) for words in said for one in words for name in ("start", "end")
    }  # it is kept as JSON
    assert [(0, 100.0, 102.0, "hello"), (1, 105.0, 107.5, "yes")] == [
        (one["party"], one["start"], one["end"], one["text"]) for one in found
    ]
    assert [word("um", 3.0, 3.0 + BLOCK_S)] == settled([word("um", 3.0, 3.0 + BLOCK_S)], asks, RATE_HZ)
