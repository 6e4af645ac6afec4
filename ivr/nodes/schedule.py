"""schedule: ways by time: the first case in whose days and hours the call falls, else `otherwise`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from configdb.model import ClockTime, Day, Value
from ivr.hours import DAYS
from ivr.nodes.base import Family, Node, NodeId
from ivr.talk import Talk

Date = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Case(Value):
    """Days (none: every day), dates from `first` to `last` (None: open) and hours from `start` to `end`, end excluded.

    Hours that end before they start go over midnight, and belong to the day on which they start.
    """

    name: str = Field(min_length=1, max_length=80)
    days: tuple[Day, ...] = Field(default=(), max_length=7)
    first: Date | None = None
    last: Date | None = None
    start: ClockTime = "00:00"
    end: ClockTime = "24:00"
    to: NodeId

    @model_validator(mode="after")
    def _is_some_time(self) -> Case:
        if self.start == self.end:
            raise ValueError("it ends when it starts")
        return self

    def holds(self, local: datetime) -> bool:
        """Whether it holds at that local time."""
        clock = local.strftime("%H:%M")
        if self.start < self.end:
            return self.start <= clock < self.end and self._on(local)
        return (clock >= self.start and self._on(local)) or (clock < self.end and self._on(_day_before(local)))

    def _on(self, local: datetime) -> bool:
        date = local.date().isoformat()
        if self.days and DAYS[local.weekday()] not in self.days:
            return False
        return (self.first is None or self.first <= date) and (self.last is None or date <= self.last)


class Schedule(Node):
    """In the time zone `timezone`, or the tenant's."""

    title: ClassVar[str] = "By time"
    family: ClassVar[Family] = "decide"
    needs_nobody: ClassVar[bool] = True

    kind: Literal["schedule"] = "schedule"
    cases: tuple[Case, ...] = Field(min_length=1, max_length=50)
    otherwise: NodeId
    timezone: str | None = None

    @model_validator(mode="after")
    def _is_somewhere(self) -> Schedule:
        if self.timezone is not None:
            try:
                ZoneInfo(self.timezone)
            except (ValueError, OSError, KeyError) as error:
                raise ValueError(f"there is no time zone {self.timezone!r}") from error
        return self

    @property
    def quiet_s(self) -> float | None:
        return 0.0

    def enter(self, talk: Talk) -> None:
        zone = self.timezone or talk.view.tenant.timezone
        local = talk.now.astimezone(ZoneInfo(zone))
        here = f"it is {local:%A %H:%M} in {zone}"
        case = next((case for case in self.cases if case.holds(local)), None)
        if case is None:
            talk.take("schedule.otherwise", f"No case holds: {here}", zone=zone)
            talk.go(self.otherwise)
        else:
            talk.take("schedule.case", f"{case.name}: {here}", case=case.name, zone=zone)
            talk.go(case.to)

    def edges(self) -> dict[str, str]:
        return {case.name: case.to for case in self.cases} | {"otherwise": self.otherwise}


def _day_before(local: datetime) -> datetime:
    return local.fromordinal(local.toordinal() - 1)
