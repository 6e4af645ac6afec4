"""Cut-outs: speech that stops within a sample, becomes digital silence, and comes back: packets that were not there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from quality.signal.defect import Defect, Fault
from quality.signal.frames import Sound, runs

SILENT_PEAK = 10 / 32768
SHORTEST_S = 0.008
LONGEST_S = 2.0
EDGE_S = 0.003
BEFORE_S = 0.02
SPEECH_DBOV = -38.0
EDGE_BELOW_DB = 14.0
"""The last 3 ms before a cut are as loud as the 20 ms before it, but for this; a word that ends has faded."""
TOGETHER_S = 1.0


def cuts(sound: Sound, rate_hz: int) -> NDArray[np.int64]:
    """The gaps in samples, (n, 2)."""
    quiet = runs(np.abs(sound) <= SILENT_PEAK)
    length = quiet[:, 1] - quiet[:, 0]
    quiet = quiet[(length >= SHORTEST_S * rate_hz) & (length <= LONGEST_S * rate_hz)]
    power = np.concatenate(([0.0], np.cumsum(sound**2)))
    before, edge = int(BEFORE_S * rate_hz), int(EDGE_S * rate_hz)
    start, end = quiet[:, 0], quiet[:, 1]
    inside = (start >= before) & (end + before <= sound.size)
    quiet, start, end = quiet[inside], start[inside], end[inside]
    loud = (power[start] - power[start - before]) / before
    last = (power[start] - power[start - edge]) / edge
    back = (power[end + before] - power[end]) / before
    first = (power[end + edge] - power[end]) / edge
    speech, near = 10 ** (SPEECH_DBOV / 10), 10 ** (-EDGE_BELOW_DB / 10)
    abrupt = (loud > speech) & (last > near * loud)
    returns = (back > speech) & (first > near * back)
    return quiet[abrupt | (returns & (loud > speech / 10) & (last > near * loud))]


def dropouts(sound: Sound, rate_hz: int) -> list[Defect]:
    """Gaps that follow each other within a second are one defect; its value is how long it was silent, in ms."""
    found = cuts(sound, rate_hz) / rate_hz
    defects: list[Defect] = []
    for start, end in found.tolist():
        silent = 1000 * (end - start)
        if defects and start - defects[-1].end_s < TOGETHER_S:
            last = defects.pop()
            defects.append(Defect(Fault.DROPOUTS, last.start_s, end, last.value + silent, "ms"))
        else:
            defects.append(Defect(Fault.DROPOUTS, start, end, silent, "ms"))
    return defects
