"""Opening hours: days of the week, holidays, and what people say for a while."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from configdb.office import Holiday
from configdb.value import Id, Value

ClockTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Interval(Value):
    """Open from `start` to `end` of one day, end excluded."""

    start: ClockTime
    end: ClockTime


class Forced(Value):
    """Open or closed by hand until a moment, whatever the week and the holidays say; then they count again."""

    open: bool
    until: AwareDatetime


class Schedule(Value):
    """Opening hours in a time zone (None: the tenant's). A day that is missing is closed.

    Closed on its own holidays and on those of its sets; views show them all as `holidays`. forced: counts before all of it.
    """

    id: Id
    name: str = Field(min_length=1, max_length=120)
    timezone: str | None = None
    weekly: dict[Day, tuple[Interval, ...]] = Field(default_factory=dict)
    holidays: tuple[Holiday, ...] = ()
    holiday_sets: tuple[Id, ...] = Field(default=(), max_length=20)
    forced: Forced | None = None
