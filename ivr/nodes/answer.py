"""answer: pick up, so that the caller pays from here and hears what follows; a moment later the flow goes on."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from ivr.events import Event, TimerFired
from ivr.nodes.base import Family, Node, NodeId
from ivr.talk import Talk

TIMER = "answer"


class Answer(Node):
    """`pause_s` is how long the line stays silent after it, for carriers that cut the first words."""

    title: ClassVar[str] = "Answer"
    family: ClassVar[Family] = "speak"

    kind: Literal["answer"] = "answer"
    pause_s: float = Field(default=0.0, ge=0.0, le=2.0)
    next: NodeId

    @property
    def quiet_s(self) -> float | None:
        return self.pause_s

    def enter(self, talk: Talk) -> None:
        talk.take("answer", "Answer the call")
        talk.answer()
        if self.pause_s:
            talk.start_timer(TIMER, self.pause_s)
        else:
            talk.go(self.next)

    def hear(self, event: Event, talk: Talk) -> None:
        if event == TimerFired(TIMER):
            talk.go(self.next)

    def edges(self) -> dict[str, str]:
        return {"next": self.next}
