"""What people remember of a call: the recency model of ITU-T P.564 and ETSI TS 101 329-5 Annex E, over ratings of windows.

An opinion sinks fast when it gets worse (time constant 5 s) and rises slowly when it gets better (15 s); what was bad last counts
more, and is forgotten within half a minute. A call that was bad at its end is therefore worse than one that was bad at first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp

WORSE_S = 5.0
BETTER_S = 15.0
MEMORY_S = 30.0
WEIGHT = 0.7
BAD_R = 10.0
"""A stretch whose R is so much below the best one of the call is remembered as bad."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some seconds with one rating."""

    seconds: float
    r: float


def remembered(stretches: Iterable[Stretch]) -> float | None:
    """The rating at the end of the call, as its listener would give it; None when nothing was rated."""
    rated = [one for one in stretches if one.seconds > 0]
    if not rated:
        return None
    best = max(one.r for one in rated)
    felt, total, seconds = rated[0].r, 0.0, 0.0
    low, since = felt, None
    for one in rated:
        constant = WORSE_S if one.r < felt else BETTER_S
        faded = 1 - exp(-one.seconds / constant)
        mean = one.r + (felt - one.r) * constant * faded / one.seconds
        felt += (one.r - felt) * faded
        total, seconds = total + mean * one.seconds, seconds + one.seconds
        if one.r < best - BAD_R:
            low, since = felt, 0.0
        elif since is not None:
            since += one.seconds
    average = total / seconds
    if since is None:
        return average
    return average + WEIGHT * min(0.0, low - average) * exp(-since / MEMORY_S)
