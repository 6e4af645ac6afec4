"""when_free: the caller, one of the tenant's people, is called when somebody is free; they hear that it is noted."""

from __future__ import annotations

from typing import ClassVar, Literal

from configdb.model import Id
from ivr.effects import AskWhenFree
from ivr.events import Changed, Event, PlayDone
from ivr.nodes.base import Family, Node
from ivr.talk import Talk


class WhenFree(Node):
    """`user` is whom the caller wants to reach."""

    title: ClassVar[str] = "Call back when free"
    family: ClassVar[Family] = "connect"

    kind: Literal["when_free"] = "when_free"
    user: Id

    def enter(self, talk: Talk) -> None:
        target = talk.view.users.get(self.user)
        if target is None or talk.caller.user in (None, target.id):
            talk.take("when_free.nobody", "Nobody could be called back")
            talk.memory["token"] = talk.play(("sound:call-failed",))
            return
        talk.take("when_free.asked", f"To be called when {target.name} is free", user=target.id)
        talk.ask(AskWhenFree(talk.caller.user or "", target.id))

    def hear(self, event: Event, talk: Talk) -> None:
        match event:
            case Changed(problem) if "token" not in talk.memory:
                talk.memory["token"] = talk.play(("sound:call-failed" if problem else "sound:when-free",))
            case PlayDone(token) if token == talk.memory.get("token"):
                talk.hang_up()

    def prompts_used(self) -> tuple[str, ...]:
        return ("sound:when-free", "sound:call-failed")

    def references(self) -> tuple[tuple[str, str], ...]:
        return (("user", self.user),)
