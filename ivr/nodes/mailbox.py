"""mailbox: the caller leaves a message."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from configdb.model import Id
from ivr.events import Event
from ivr.mailbox.leave import Leave
from ivr.nodes.base import Family, Node, NodeId, Prompts, present
from ivr.talk import Talk


class Mailbox(Node):
    """Greeting (the box's own, or `greeting`), tone, message, confirmation; then `next`, else the call ends."""

    title: ClassVar[str] = "Leave a message"
    family: ClassVar[Family] = "connect"
    waits: ClassVar[bool] = True

    kind: Literal["mailbox"] = "mailbox"
    mailbox: Id = Field(json_schema_extra={"x-form": "mailbox"})
    greeting: Prompts = ()
    next: NodeId | None = None

    def enter(self, talk: Talk) -> None:
        talk.memory["leave"] = leave = Leave(self.mailbox, greeting=self.greeting)
        leave.begin(talk)
        self._go_on(talk)

    def hear(self, event: Event, talk: Talk) -> None:
        talk.memory["leave"].hear(event, talk)
        self._go_on(talk)

    def _go_on(self, talk: Talk) -> None:
        if talk.memory["leave"].done:
            if self.next is not None:
                talk.go(self.next)
            else:
                talk.hang_up()

    def edges(self) -> dict[str, str]:
        return present(next=self.next)

    def prompts_used(self) -> tuple[str, ...]:
        return self.greeting

    def references(self) -> tuple[tuple[str, str], ...]:
        return (("mailbox", self.mailbox),)
