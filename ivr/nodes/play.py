"""play: say something and go on."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from ivr.events import Event, PlayDone
from ivr.nodes.base import Family, Node, NodeId, Prompts
from ivr.talk import Talk


class Play(Node):
    """Prompts without a gap, then `next`. A key ends them early unless `barge_in` is off."""

    title: ClassVar[str] = "Play"
    family: ClassVar[Family] = "speak"
    begins_again: ClassVar[bool] = True

    kind: Literal["play"] = "play"
    prompts: Prompts = Field(min_length=1)
    next: NodeId
    barge_in: bool = True

    def enter(self, talk: Talk) -> None:
        talk.take("play", f"Play {', '.join(prompt.partition(':')[2] for prompt in self.prompts)}")
        talk.memory["token"] = talk.play(self.prompts, self.barge_in)

    def hear(self, event: Event, talk: Talk) -> None:
        if isinstance(event, PlayDone) and event.token == talk.memory.get("token"):
            talk.go(self.next)

    def edges(self) -> dict[str, str]:
        return {"next": self.next}

    def prompts_used(self) -> tuple[str, ...]:
        return self.prompts
