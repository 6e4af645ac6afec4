"""park: the caller waits with music in a slot, until somebody takes them out of it or whoever parked them has to.

enter --Parked(slot)--> WAITING --park_s--> RETURNING: rings who parked the caller, then their no-answer rule
   |  no slot is free       | somebody takes the caller: the node is left
   +--> RETURNING at once   +-- for whom parks by hand: hears the slot first, and hangs up or transfers
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from configdb.model import Id, Target
from ivr.effects import Park as ParkCaller
from ivr.events import Event, Parked, PlayDone, TimerFired
from ivr.nodes.base import Family, Node
from ivr.reach import Reach
from ivr.talk import Talk

TIMER = "park"


class Park(Node):
    """`slot` None: the next free one. `by`: the user who parks, and to whom the caller returns after the tenant's park_s."""

    title: ClassVar[str] = "Park"
    family: ClassVar[Family] = "connect"
    waits: ClassVar[bool] = True

    kind: Literal["park"] = "park"
    slot: Annotated[str, Field(pattern=r"^[0-9]{2}$")] | None = None
    by: Id | None = None

    def enter(self, talk: Talk) -> None:
        talk.ask(ParkCaller(self.slot))

    def hear(self, event: Event, talk: Talk) -> None:
        reach = talk.memory.get("reach")
        if reach is not None:
            reach.hear(event, talk)
            return
        match event:
            case Parked(None):
                talk.take("park.full", f"Slot {self.slot} is taken" if self.slot else "All slots are taken")
                self._return(talk)
            case Parked(slot):
                self._wait(slot or "", talk)
            case PlayDone(token) if token == talk.memory.get("token"):
                talk.memory["token"] = talk.play(("sound:hold-music",), stop_on_key=False)
            case TimerFired(name) if name == TIMER:
                talk.take("park.timeout", f"Nobody took the call within {talk.view.tenant.park_s} s")
                talk.stop_play()
                self._return(talk)

    def _wait(self, slot: str, talk: Talk) -> None:
        talk.take("park.slot", f"Parked in slot {slot}", slot=slot, by=self.by)
        parks = talk.caller.user is not None and talk.caller.user == self.by
        talk.memory["token"] = talk.play(slot_prompts(slot) if parks else ("sound:hold-music",), stop_on_key=False)
        talk.start_timer(TIMER, float(talk.view.tenant.park_s))

    def _return(self, talk: Talk) -> None:
        """To whom it came from; a caller who parked themselves, or came from nobody, is done."""
        if talk.returnable:
            talk.give_back("busy")
            return
        user = talk.view.users.get(self.by or "")
        if user is None or talk.caller.user == user.id:
            talk.hang_up("no_answer")
            return
        talk.take("park.return", f"The call returns to {user.name}", user=user.id)
        reach = Reach()
        talk.memory["reach"] = reach
        reach.begin(Target(kind="user", id=user.id), None, talk)

    def prompts_used(self) -> tuple[str, ...]:
        return ("sound:hold-music", *slot_prompts("01"))


def slot_prompts(slot: str) -> tuple[str, ...]:
    """How a slot is said."""
    return ("sound:parked-in", *(f"sound:digit-{digit}" for digit in slot))
