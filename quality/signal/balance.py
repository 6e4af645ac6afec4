"""Loudness: a side too quiet or too loud (ITU-T P.56 level), or the two sides far apart."""

from __future__ import annotations

from quality.signal.active_level import ActiveLevel
from quality.signal.defect import Defect, Fault

QUIET_DBOV, LOUD_DBOV = -38.0, -12.0
APART_DB = 15.0
SPOKEN_S_MIN = 1.5


def loudness(level: ActiveLevel | None, seconds: float) -> list[Defect]:
    """One side, when it spoke long enough to be judged."""
    if level is None or level.factor * seconds < SPOKEN_S_MIN:
        return []
    if level.dbov < QUIET_DBOV:
        return [Defect(Fault.TOO_QUIET, 0.0, seconds, level.dbov, "dBov")]
    return [Defect(Fault.TOO_LOUD, 0.0, seconds, level.dbov, "dBov")] if level.dbov > LOUD_DBOV else []


def imbalance(level: ActiveLevel | None, other: ActiveLevel | None, seconds: float) -> list[Defect]:
    """The defect belongs to the quieter side, which `level` is; the value is how much quieter."""
    if level is None or other is None or min(level.factor, other.factor) * seconds < SPOKEN_S_MIN:
        return []
    apart = other.dbov - level.dbov
    return [Defect(Fault.IMBALANCE, 0.0, seconds, apart, "dB quieter than the other side")] if apart > APART_DB else []
