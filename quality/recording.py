"""A whole recording judged: what each direction has, and an opinion of every eight seconds, in one pass of bounded memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.opinion.estimate import Judge
from quality.opinion.features import Packets
from quality.signal.analysis import Listener
from quality.words import fault_in_words

VERSION = 1
"""Of the analysis: raised when a recording that was judged before should be judged again."""
WINDOW_S = 8

PacketsOf = Callable[[int, float, float], Packets | None]
"""What is known of the packets of a channel, from a second to a second; None: not measured."""


def no_packets(channel: int, start_s: float, end_s: float) -> None:
    """Of sound that came without a call."""


class Recording:
    """Pieces of `quality.signal.analysis.PIECE_S` go in by `hear`; `told` is the document."""

    def __init__(self, rate_hz: int, channels: int, judge: Judge, packets: PacketsOf = no_packets) -> None:
        self._rate_hz, self._judge, self._packets = rate_hz, judge, packets
        self._listener = Listener(rate_hz, channels)
        self._opinions: list[list[dict[str, Any]]] = [[] for _ in range(channels)]
        self._heard_s = 0.0

    def hear(self, samples: NDArray[np.int16]) -> None:
        """(frames, channels) as in the file."""
        self._listener.hear(samples)
        size = WINDOW_S * self._rate_hz
        for start in range(0, len(samples) - size // 2, size):
            at = self._heard_s + start / self._rate_hz
            window = samples[start : start + size].astype(np.float64) / 32768
            for channel, opinions in enumerate(self._opinions):
                found = self._packets(channel, at, at + len(window) / self._rate_hz)
                one = self._judge.opinion(window[:, channel], self._rate_hz, found)
                if one is not None:
                    opinions.append({"at_s": round(at, 2), **one.to_document()})
        self._heard_s += len(samples) / self._rate_hz

    def told(self) -> dict[str, Any]:
        """`{version, seconds, channels: [...]}`; each as `Direction`, with `opinions`, mean, worst and words."""
        channels = []
        for direction, opinions in zip(self._listener.told(), self._opinions, strict=False):
            document = direction.to_document()
            for defect in document["defects"]:
                defect["text"] = fault_in_words(defect["fault"])
            heard = [one["mos"] for one in opinions]
            document["opinions"] = opinions
            document["mos"] = round(sum(heard) / len(heard), 2) if heard else None
            document["mos_min"] = min(heard, default=None)
            errors = [one["error"] for one in opinions]
            document["error"] = round(sum(errors) / len(errors), 2) if errors else None
            channels.append(document)
        return {"version": VERSION, "seconds": round(self._heard_s, 2), "channels": channels}
