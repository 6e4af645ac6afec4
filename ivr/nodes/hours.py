"""hours: one way when a schedule is open, another when it is closed."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from configdb.model import Id
from ivr.hours import decide
from ivr.nodes.base import Family, Node, NodeId
from ivr.talk import Talk


class Hours(Node):
    """Opening hours and holidays of `schedule`, in its time zone. A schedule that is gone counts as open."""

    title: ClassVar[str] = "Opening hours"
    family: ClassVar[Family] = "decide"
    needs_nobody: ClassVar[bool] = True

    kind: Literal["hours"] = "hours"
    schedule: Id = Field(json_schema_extra={"x-form": "schedule"})
    open: NodeId
    closed: NodeId

    @property
    def quiet_s(self) -> float | None:
        return 0.0

    def enter(self, talk: Talk) -> None:
        schedule = talk.view.schedules.get(self.schedule)
        if schedule is None:
            talk.take("hours.unknown", f"open: there is no schedule {self.schedule}", schedule=self.schedule)
            talk.go(self.open)
            return
        step = decide(schedule, talk.view.tenant.timezone, talk.now)
        talk.take(step.code, step.text, **step.data)
        talk.go(self.open if step.code == "hours.open" else self.closed)

    def edges(self) -> dict[str, str]:
        return {"open": self.open, "closed": self.closed}

    def references(self) -> tuple[tuple[str, str], ...]:
        return (("schedule", self.schedule),)
