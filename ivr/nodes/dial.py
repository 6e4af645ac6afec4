"""dial: ring a user, a group or a number; go on when nobody answers."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from configdb.model import Target
from ivr.effects import Machines
from ivr.events import Event
from ivr.nodes.base import Family, Node, NodeId, present
from ivr.reach import Reach
from ivr.talk import Talk


class Dial(Node):
    """Without edges the target's own no-answer rule decides, then its mailbox. `next` follows a finished conversation.

    intercom: phones of a user answer by themselves (RFC 5373); who does not want to be disturbed is left in peace.
    machines: what is done with an answering machine at a number outside; one that is skipped leads to `on_machine`, or as
    far as when nobody had answered.
    """

    title: ClassVar[str] = "Call someone"
    family: ClassVar[Family] = "connect"
    waits: ClassVar[bool] = True

    kind: Literal["dial"] = "dial"
    target: Target
    ring_s: float | None = Field(default=None, ge=5, le=120)
    intercom: bool = False
    machines: Machines = "connect"
    on_no_answer: NodeId | None = None
    on_busy: NodeId | None = None
    on_machine: NodeId | None = None
    next: NodeId | None = None

    def enter(self, talk: Talk) -> None:
        reach = Reach(self.on_no_answer, self.on_busy, self.next, self.intercom, self.machines, self.on_machine)
        talk.memory["reach"] = reach
        reach.begin(self.target, self.ring_s, talk)

    def hear(self, event: Event, talk: Talk) -> None:
        talk.memory["reach"].hear(event, talk)

    def can_begin_again(self, talk: Talk) -> bool:
        return self.target.kind == "queue" and bool(talk.memory["reach"].waits)

    def edges(self) -> dict[str, str]:
        return present(on_no_answer=self.on_no_answer, on_busy=self.on_busy, on_machine=self.on_machine, next=self.next)

    def references(self) -> tuple[tuple[str, str], ...]:
        return () if self.target.kind == "number" else ((self.target.kind, self.target.id),)
