"""messages: the people of a mailbox listen to it: from their own phones at once, from anywhere else with its PIN."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from configdb.model import Id
from ivr.events import Event
from ivr.mailbox.visit import Visit
from ivr.nodes.base import Family, Node, NodeId, present
from ivr.talk import Talk


class Messages(Node):
    """Messages and greetings of `mailbox` (none: its extension is asked for); `settings`: only its greetings and PIN."""

    title: ClassVar[str] = "Listen to messages"
    family: ClassVar[Family] = "connect"
    waits: ClassVar[bool] = True

    kind: Literal["messages"] = "messages"
    mailbox: Id | None = Field(default=None, json_schema_extra={"x-form": "mailbox"})
    settings: bool = False
    next: NodeId | None = None

    def enter(self, talk: Talk) -> None:
        talk.memory["visit"] = visit = Visit(self.mailbox, self.settings)
        visit.begin(talk)
        self._go_on(talk)

    def hear(self, event: Event, talk: Talk) -> None:
        talk.memory["visit"].hear(event, talk)
        self._go_on(talk)

    def _go_on(self, talk: Talk) -> None:
        if talk.memory["visit"].over:
            talk.go_or_end(self.next)

    def edges(self) -> dict[str, str]:
        return present(next=self.next)

    def references(self) -> tuple[tuple[str, str], ...]:
        return () if self.mailbox is None else (("mailbox", self.mailbox),)
