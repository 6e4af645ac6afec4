"""say: text spoken by the node's voice; {variables} are read as numbers, dates, times or money where it says so."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from ivr.events import Event, PlayDone
from ivr.nodes.base import Family, Node, NodeId, Template
from ivr.talk import Talk


class Say(Node):
    """`text` may hold {name}, {name|number}, {name|money}, {name|date}, {name|time}, {name|digits}; then `next`."""

    title: ClassVar[str] = "Say"
    family: ClassVar[Family] = "speak"
    begins_again: ClassVar[bool] = True

    kind: Literal["say"] = "say"
    text: Template = Field(min_length=1)
    next: NodeId
    barge_in: bool = True

    def enter(self, talk: Talk) -> None:
        talk.take("say", f"Say: {talk.fill(self.text)}", language=talk.language)
        talk.memory["token"] = talk.play((f"say:{self.text}",), self.barge_in)

    def hear(self, event: Event, talk: Talk) -> None:
        if isinstance(event, PlayDone) and event.token == talk.memory.get("token"):
            talk.go(self.next)

    def edges(self) -> dict[str, str]:
        return {"next": self.next}

    def prompts_used(self) -> tuple[str, ...]:
        return (f"say:{self.text}",)
