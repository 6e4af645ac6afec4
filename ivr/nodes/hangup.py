"""hangup: say goodbye, if there is something to say, and end the call."""

from __future__ import annotations

from typing import ClassVar, Literal

from ivr.events import Event, PlayDone
from ivr.nodes.base import Family, Node, Prompts
from ivr.talk import Talk


class Hangup(Node):
    """Ends the call with `cause`."""

    title: ClassVar[str] = "Hang up"
    family: ClassVar[Family] = "end"

    kind: Literal["hangup"] = "hangup"
    prompts: Prompts = ()
    cause: Literal["normal", "busy", "no_answer", "not_found", "failed", "unavailable"] = "normal"

    def enter(self, talk: Talk) -> None:
        talk.take("hangup", "Hang up" if self.cause == "normal" else f"Hang up: {self.cause}", cause=self.cause)
        if self.prompts:
            talk.memory["token"] = talk.play(self.prompts, stop_on_key=False)
        else:
            talk.hang_up(self.cause)

    def hear(self, event: Event, talk: Talk) -> None:
        if isinstance(event, PlayDone) and event.token == talk.memory.get("token"):
            talk.hang_up(self.cause)

    def prompts_used(self) -> tuple[str, ...]:
        return self.prompts
