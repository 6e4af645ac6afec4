"""group: ring the people of a group as it says; go on when nobody answers."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from configdb.model import Id, Target
from ivr.events import Event
from ivr.nodes.base import Family, Node, NodeId, present
from ivr.reach import Reach
from ivr.talk import Talk


class Group(Node):
    """Without edges the group's own no-answer rule decides. `next` follows a finished conversation."""

    title: ClassVar[str] = "Ring group"
    family: ClassVar[Family] = "connect"
    waits: ClassVar[bool] = True

    kind: Literal["group"] = "group"
    group: Id
    ring_s: float | None = Field(default=None, ge=5, le=120)
    on_no_answer: NodeId | None = None
    on_busy: NodeId | None = None
    next: NodeId | None = None

    def enter(self, talk: Talk) -> None:
        reach = Reach(self.on_no_answer, self.on_busy, self.next)
        talk.memory["reach"] = reach
        reach.begin(Target(kind="group", id=self.group), self.ring_s, talk)

    def hear(self, event: Event, talk: Talk) -> None:
        talk.memory["reach"].hear(event, talk)

    def edges(self) -> dict[str, str]:
        return present(on_no_answer=self.on_no_answer, on_busy=self.on_busy, next=self.next)

    def references(self) -> tuple[tuple[str, str], ...]:
        return (("group", self.group),)
