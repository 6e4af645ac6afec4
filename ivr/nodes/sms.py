"""sms: send a text message, to the caller or to somebody else."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from ivr.effects import SendText
from ivr.events import Event, TextSent
from ivr.nodes.base import Family, Node, NodeId, Template, present
from ivr.talk import Talk


class Sms(Node):
    """`to` and `text` may hold {variables}. The call does not wait for phones: it goes on when the text is on its way."""

    title: ClassVar[str] = "Send a text"
    family: ClassVar[Family] = "program"
    needs_nobody: ClassVar[bool] = True

    kind: Literal["sms"] = "sms"
    to: Template = "{caller}"
    text: Template = Field(min_length=1)
    next: NodeId | None = None
    on_failed: NodeId | None = None

    @property
    def quiet_s(self) -> float | None:
        return 0.0

    def enter(self, talk: Talk) -> None:
        to = talk.filled_plainly(self.to).strip()[:64]
        talk.take("sms", f"Send a text to {to}", to=to)
        talk.memory["token"] = token = talk.token()
        talk.ask(SendText(token, to, talk.filled_plainly(self.text)))
        if talk.gone and self.next is not None:
            talk.go(self.next)

    def hear(self, event: Event, talk: Talk) -> None:
        if not isinstance(event, TextSent) or event.token != talk.memory.get("token"):
            return
        if event.problem:
            talk.take("sms.failed", f"The text was not sent: {event.problem}"[:200], problem=event.problem[:200])
            talk.go_or_end(self.on_failed or self.next)
        else:
            talk.take("sms.sent", "The text is on its way")
            talk.go_or_end(self.next)

    def edges(self) -> dict[str, str]:
        return present(next=self.next, on_failed=self.on_failed)
