"""queue: wait for the next free agent; go on when the wait is over without one."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from configdb.model import Id, Skill
from ivr.events import Event
from ivr.nodes.base import Family, Node, NodeId, present
from ivr.reach import Reach
from ivr.talk import Talk


class Queue(Node):
    """Without edges the queue's own no-answer rule decides. Callers of higher `priority` come first; only agents with all
    `skills` are offered. `next` follows a finished conversation."""

    title: ClassVar[str] = "Queue"
    family: ClassVar[Family] = "connect"
    waits: ClassVar[bool] = True

    kind: Literal["queue"] = "queue"
    queue: Id
    priority: int = Field(default=0, ge=0, le=100)
    skills: tuple[Skill, ...] = Field(default=(), max_length=20)
    on_no_answer: NodeId | None = None
    on_full: NodeId | None = None
    next: NodeId | None = None

    def enter(self, talk: Talk) -> None:
        reach = Reach(self.on_no_answer, self.on_full, self.next)
        talk.memory["reach"] = reach
        reach.wait(self.queue, self.priority, self.skills, talk)

    def hear(self, event: Event, talk: Talk) -> None:
        talk.memory["reach"].hear(event, talk)

    def can_begin_again(self, talk: Talk) -> bool:
        return bool(talk.memory["reach"].waits)

    def edges(self) -> dict[str, str]:
        return present(on_no_answer=self.on_no_answer, on_full=self.on_full, next=self.next)

    def references(self) -> tuple[tuple[str, str], ...]:
        return (("queue", self.queue),)
