"""The service level of a queue: what became of the callers of a day, in the tenant's time zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from softswitch.queues.estimate import learnt


@dataclass(slots=True)
class Figures:
    """Counts of `day`: `in_time` of the answered waited no longer than the target. `handling_s` is a mean over days."""

    day: str = ""
    offered: int = 0
    answered: int = 0
    in_time: int = 0
    abandoned: int = 0
    left: int = 0
    promised: int = 0
    kept: int = 0
    waited_s: float = 0.0
    handling_s: float | None = None

    def of_day(self, now: float, zone: str) -> Figures:
        """These, or zeros when a new day has begun."""
        day = datetime.fromtimestamp(now, ZoneInfo(zone)).date().isoformat()
        return self if day == self.day else Figures(day, handling_s=self.handling_s)

    def was_answered(self, waited_s: float, target_s: float) -> None:
        """An agent talks with a caller."""
        self.answered += 1
        self.in_time += waited_s <= target_s
        self.waited_s += waited_s

    def was_handled(self, seconds: float) -> None:
        """The agent is free again."""
        self.handling_s = learnt(self.handling_s, seconds)

    @property
    def sla_percent(self) -> float | None:
        """Of all who were answered or gave up, who was answered in time; None before anybody was."""
        over = self.answered + self.abandoned + self.left
        return round(100 * self.in_time / over, 1) if over else None

    def document(self) -> dict[str, Any]:
        """As it is kept and shown."""
        return asdict(self)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Figures:
        """What was kept, without counts that a node of a later version keeps besides."""
        return cls(**{one.name: row[one.name] for one in fields(cls) if one.name in row})
