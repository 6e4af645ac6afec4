"""Nobody there: one direction without a sound while the other speaks (one way), or both without (dead air).

That packets flow says nothing: a far end that sends comfort noise has no loss. So this looks at what was heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quality.signal.activity import activity, seconds
from quality.signal.defect import Defect, Fault
from quality.signal.frames import FRAME_S, Mask, Sound, levels, runs
from quality.signal.silence import Quiet, kinds

SILENT_S_MIN = 8.0
OTHER_SPEAKS_S_MIN = 2.5
ALIVE_DBOV = -55.0
ALIVE_S = 0.05
ROOM_SHARE_MAX = 0.5


@dataclass(frozen=True, slots=True)
class Track:
    """One direction, every 10 ms: speech, any sound at all, the kind of quiet."""

    speaks: Mask
    alive: Mask
    kind: NDArray[np.int8]


def track(sound: Sound, rate_hz: int) -> Track:
    """The track of a piece of sound."""
    speaks = activity(sound, rate_hz)
    return Track(speaks, speaks | (levels(sound, rate_hz) > ALIVE_DBOV), kinds(sound, rate_hz))


def joined(pieces: Sequence[Track]) -> Track:
    """Pieces one after the other."""
    return Track(
        np.concatenate([one.speaks for one in pieces]),
        np.concatenate([one.alive for one in pieces]),
        np.concatenate([one.kind for one in pieces]),
    )


def silent(heard: Track) -> Mask:
    """Per 10 ms: within a stretch of `SILENT_S_MIN` or more of digital silence or comfort noise, without any sound."""
    quiet = ~heard.alive
    for start, end in runs(heard.alive).tolist():
        if end - start < ALIVE_S / FRAME_S:
            quiet[start:end] = True
    for start, end in runs(quiet).tolist():
        room = float(np.mean(heard.kind[start:end] == Quiet.ROOM))
        if (end - start) * FRAME_S < SILENT_S_MIN or room > ROOM_SHARE_MAX:
            quiet[start:end] = False
    return quiet


def one_way(heard: Track, other: Track) -> list[Defect]:
    """Stretches in which `heard` has nothing while `other` speaks; the value is how long the other spoke, in seconds."""
    return [
        Defect(
            Fault.ONE_WAY, start * FRAME_S, end * FRAME_S, seconds(other.speaks[start:end]), "s of the other's speech"
        )
        for start, end in runs(silent(heard)).tolist()
        if seconds(other.speaks[start:end]) >= OTHER_SPEAKS_S_MIN
    ]


def dead_air(heard: Track, other: Track) -> list[Defect]:
    """Stretches in which neither direction has anything; the value is their length in seconds."""
    return [
        Defect(Fault.DEAD_AIR, start * FRAME_S, end * FRAME_S, (end - start) * FRAME_S, "s")
        for start, end in runs(silent(heard) & silent(other)).tolist()
        if (end - start) * FRAME_S >= SILENT_S_MIN
    ]
