"""agent: the caller, one of the tenant's people, begins or ends work at the queues that name them, pauses or goes on."""

from __future__ import annotations

from typing import ClassVar, Literal

from ivr.effects import AgentWish
from ivr.events import AgentDone, Event, PlayDone
from ivr.nodes.base import Family, Node, NodeId, present
from ivr.talk import Talk


class Agent(Node):
    """One verb, then a word whether it was done; then `next`, else the call ends."""

    title: ClassVar[str] = "Work at the queues"
    family: ClassVar[Family] = "program"

    kind: Literal["agent"] = "agent"
    verb: Literal["login", "logout", "pause", "ready"]
    next: NodeId | None = None

    def enter(self, talk: Talk) -> None:
        talk.answer()
        if talk.caller.user is None:
            self._said(False, talk)
        else:
            talk.ask(AgentWish(talk.caller.user, self.verb))

    def hear(self, event: Event, talk: Talk) -> None:
        match event:
            case AgentDone(done) if "token" not in talk.memory:
                self._said(done, talk)
            case PlayDone(token) if token == talk.memory.get("token"):
                if self.next is not None:
                    talk.go(self.next)
                else:
                    talk.hang_up()

    def _said(self, done: bool, talk: Talk) -> None:
        who = talk.caller.user or "somebody from outside"
        text = f"{who}: {self.verb} at the queues" + ("" if done else " is not possible: no queue has them as an agent")
        talk.take("agent.done" if done else "agent.refused", text, verb=self.verb)
        talk.memory["token"] = talk.play(("sound:setting-saved" if done else "sound:call-failed",))

    def edges(self) -> dict[str, str]:
        return present(next=self.next)

    def prompts_used(self) -> tuple[str, ...]:
        return ("sound:setting-saved", "sound:call-failed")
