"""An alarm that does not flap: raised after bad periods in a row, cleared after good ones, and quiet when nobody called.

        bad                bad (2nd in a row)
FINE --------> SUSPECT ------------------------> BAD
 ^  <--------     | good                          | good
 |    good        v                               v
 +---------------------------------------- RECOVERING (3 good in a row clear it, one bad: BAD)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

BAD_BELOW_MOS = 3.1
GOOD_ABOVE_MOS = 3.6
CALLS_MIN = 3
BAD_PERIODS = 2
GOOD_PERIODS = 3


class State(Enum):
    """Of one trunk, site or device."""

    FINE = "fine"
    SUSPECT = "suspect"
    BAD = "bad"
    RECOVERING = "recovering"


class Period(Enum):
    """What a period of some minutes was like."""

    GOOD = "good"
    BETWEEN = "between"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Alarm:
    """State and how many periods in a row speak for the next one."""

    state: State = State.FINE
    streak: int = 0

    @property
    def raised(self) -> bool:
        """People should know."""
        return self.state in (State.BAD, State.RECOVERING)


def period_of(mos_p5: float | None, measured: int) -> Period:
    """Two thresholds: between them nothing changes; too few calls say nothing."""
    if mos_p5 is None or measured < CALLS_MIN:
        return Period.UNKNOWN
    if mos_p5 < BAD_BELOW_MOS:
        return Period.BAD
    return Period.GOOD if mos_p5 >= GOOD_ABOVE_MOS else Period.BETWEEN


def after(alarm: Alarm, period: Period) -> Alarm:
    """The alarm when the period is over."""
    match alarm.state, period:
        case _, Period.UNKNOWN | Period.BETWEEN:
            return alarm
        case ((State.FINE | State.SUSPECT), Period.BAD):
            streak = alarm.streak + 1
            return Alarm(State.BAD) if streak >= BAD_PERIODS else Alarm(State.SUSPECT, streak)
        case ((State.FINE | State.SUSPECT), _):
            return Alarm(State.FINE)
        case _, Period.BAD:
            return Alarm(State.BAD)
        case _:
            streak = alarm.streak + 1
            return Alarm(State.FINE) if streak >= GOOD_PERIODS else Alarm(State.RECOVERING, streak)
