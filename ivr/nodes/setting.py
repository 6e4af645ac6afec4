"""setting: the caller, one of the tenant's people, changes what becomes of calls to them, and hears whether it was done."""

from __future__ import annotations

from typing import ClassVar, Literal

from configdb.model import Target
from ivr.effects import ChangeUser
from ivr.events import Changed, Event, PlayDone
from ivr.nodes.base import Node, NodeId, present
from ivr.talk import Talk


class Setting(Node):
    """One setting. `on` is for `dnd`, `target` (None: no more) for the others; then `next`, else the call ends."""

    title: ClassVar[str] = "Change a setting of the caller"

    kind: Literal["setting"] = "setting"
    setting: Literal["dnd", "forward", "on_busy", "no_answer"]
    on: bool = True
    target: Target | None = None
    next: NodeId | None = None

    def enter(self, talk: Talk) -> None:
        user = talk.view.users.get(talk.caller.user or "")
        if user is None:
            talk.take("setting.nobody", "The caller is none of the people here: nothing is changed")
            talk.memory["token"] = talk.play(("sound:call-failed",))
            return
        value = self.on if self.setting == "dnd" else self.target and self.target.model_dump()
        talk.ask(ChangeUser(user.id, {self.setting: value}))
        talk.take("setting.change", f"{user.name}: {self.setting} is to be {self._words}", user=user.id)

    @property
    def _words(self) -> str:
        if self.setting == "dnd":
            return "on" if self.on else "off"
        return f"{self.target.kind} {self.target.id}" if self.target is not None else "off"

    def hear(self, event: Event, talk: Talk) -> None:
        match event:
            case Changed("") if "token" not in talk.memory:
                talk.take("setting.changed", f"{self.setting} is {self._words} now")
                talk.memory["token"] = talk.play(("sound:setting-saved",))
            case Changed(problem) if "token" not in talk.memory:
                talk.take("setting.failed", f"{self.setting} could not be changed: {problem}", problem=problem)
                talk.memory["token"] = talk.play(("sound:call-failed",))
            case PlayDone(token) if token == talk.memory.get("token"):
                self._go_on(talk)

    def _go_on(self, talk: Talk) -> None:
        if self.next is not None:
            talk.go(self.next)
        else:
            talk.hang_up()

    def edges(self) -> dict[str, str]:
        return present(next=self.next)

    def prompts_used(self) -> tuple[str, ...]:
        return ("sound:setting-saved", "sound:call-failed")

    def references(self) -> tuple[tuple[str, str], ...]:
        return () if self.target is None or self.target.kind == "number" else ((self.target.kind, self.target.id),)
