"""A recording in stretches that an engine takes at once, cut where nobody speaks; and its words as lines of who spoke. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mgmt.transcripts.summary import phrases

STRETCH_S = 120
CUT_S = 20
"""How much of the end of a stretch is looked at for a pause."""
BLOCK_S = 0.1
SPEECH_RMS = 130.0
"""About -48 dBov: below it is noise of the line."""
SPEECH_BLOCKS_MIN = 3

Sound = NDArray[np.int16]


def cut(window: Sound, rate_hz: int) -> int:
    """How many frames of a window the stretch has: up to the middle of the quietest tenth of a second near its end."""
    size = int(BLOCK_S * rate_hz)
    if len(window) < STRETCH_S * rate_hz:
        return len(window)
    start = (STRETCH_S - CUT_S) * rate_hz
    tail = window[start : STRETCH_S * rate_hz].astype(np.float64)
    blocks = tail.reshape(-1, size, window.shape[1])
    quietest = int(np.argmin((blocks**2).sum(axis=(1, 2))))
    return start + quietest * size + size // 2


def speaks(channel: Sound, rate_hz: int) -> bool:
    """Whether somebody speaks in it: silence is not given to an engine."""
    return bool(_spoken(channel, rate_hz).sum() >= SPEECH_BLOCKS_MIN)


def settled(words: Sequence[dict[str, Any]], channel: Sound, rate_hz: int) -> list[dict[str, Any]]:
    """The words without the silence before and after them, which engines count in; so the talk of two comes in its order."""
    spoken = _spoken(channel, rate_hz)
    return [_within(word, spoken) for word in words]


def _within(word: dict[str, Any], spoken: NDArray[np.bool_]) -> dict[str, Any]:
    first = int(word["start"] / BLOCK_S)
    loud = np.flatnonzero(spoken[first : int(np.ceil(word["end"] / BLOCK_S))])
    if not len(loud):
        return word
    start, end = (first + int(loud[0])) * BLOCK_S, (first + int(loud[-1]) + 1) * BLOCK_S
    return {**word, "start": round(max(word["start"], start), 2), "end": round(min(word["end"], end), 2)}


def _spoken(channel: Sound, rate_hz: int) -> NDArray[np.bool_]:
    """Of each tenth of a second whether it is louder than the noise of a line."""
    size = int(BLOCK_S * rate_hz)
    blocks = channel[: len(channel) // size * size].astype(np.float64).reshape(-1, size)
    found: NDArray[np.bool_] = np.sqrt((blocks**2).mean(axis=1)) > SPEECH_RMS
    return found


def lines(channels: Sequence[Sequence[dict[str, Any]]], start_s: float) -> list[dict[str, Any]]:
    """`{party, start, end, text, words}` of what each channel said (words as `engine` gives them), in the order of the talk."""
    found = [line for party, words in enumerate(channels) for line in _of(party, words, start_s)]
    return sorted(found, key=lambda line: (line["start"], line["party"]))


def _of(party: int, words: Sequence[dict[str, Any]], start_s: float) -> Iterator[dict[str, Any]]:
    for phrase in phrases([_later(word, start_s) for word in words]):
        text = " ".join(word["word"] for word in phrase)
        yield {"party": party, "start": phrase[0]["start"], "end": phrase[-1]["end"], "text": text, "words": phrase}


def _later(word: dict[str, Any], by_s: float) -> dict[str, Any]:
    return {**word, "start": round(word["start"] + by_s, 2), "end": round(word["end"] + by_s, 2)}
