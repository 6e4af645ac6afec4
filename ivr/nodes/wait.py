"""wait: let a time pass, with something to hear."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from ivr.events import Event, PlayDone, TimerFired
from ivr.nodes.base import Family, Node, NodeId, Prompts
from ivr.talk import Talk

TIMER = "wait"


class Wait(Node):
    """`prompts` are heard again and again meanwhile; without them the line is silent, and only for a moment."""

    title: ClassVar[str] = "Wait"
    family: ClassVar[Family] = "speak"
    begins_again: ClassVar[bool] = True

    kind: Literal["wait"] = "wait"
    seconds: float = Field(ge=0.1, le=600.0)
    prompts: Prompts = ()
    next: NodeId

    @property
    def quiet_s(self) -> float | None:
        return None if self.prompts else self.seconds

    def enter(self, talk: Talk) -> None:
        talk.take("wait", f"Wait {self.seconds:g} s", seconds=self.seconds)
        talk.answer()
        talk.start_timer(TIMER, self.seconds)
        self._play(talk)

    def _play(self, talk: Talk) -> None:
        if self.prompts:
            talk.memory["token"] = talk.play(self.prompts, stop_on_key=False)

    def hear(self, event: Event, talk: Talk) -> None:
        match event:
            case PlayDone(token) if token == talk.memory.get("token"):
                self._play(talk)
            case TimerFired(name) if name == TIMER:
                if self.prompts:
                    talk.stop_play()
                talk.go(self.next)

    def edges(self) -> dict[str, str]:
        return {"next": self.next}

    def prompts_used(self) -> tuple[str, ...]:
        return self.prompts
