"""conference: the caller comes into a room: with its PIN, waits for who leads it if it needs one, and stays until they hang up.

PIN --right--> KNOCKING --Room("in")--> IN      keys: 1 mute oneself; who leads: 2 lock, 3 send the last away, 4 mute all
 | wrong three times |  locked, full              | kicked: told, and hung up
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from configdb.model import Id, Room
from configdb.snapshot import TenantView
from ivr.effects import EnterRoom, InRoom
from ivr.events import Digit, Event, PlayDone, RoomTold, TimerFired
from ivr.nodes.base import Family, Node
from ivr.talk import Talk

TRIES = 3
KEY_S = 8.0
TIMER = "pin"
ENDS = {"locked": "sound:conf-locked", "full": "sound:conf-full", "kicked": "sound:conf-kicked"}
SAYS = {
    "muted": "sound:conf-muted",
    "unmuted": "sound:conf-unmuted",
    "shut": "sound:conf-locked",
    "open": "sound:conf-open",
}
WAITS = ("sound:conf-wait", "sound:hold-music")


class Conference(Node):
    """Who is among the room's leaders needs no PIN."""

    title: ClassVar[str] = "Conference"
    family: ClassVar[Family] = "connect"
    waits: ClassVar[bool] = True

    kind: Literal["conference"] = "conference"
    room: Id = Field(json_schema_extra={"x-form": "room"})

    @property
    def hides_keys(self) -> bool:
        return True

    def right_keys(self, view: TenantView) -> str:
        room = view.rooms.get(self.room)
        return (room.pin or "") if room is not None else ""

    def enter(self, talk: Talk) -> None:
        room = talk.view.rooms.get(self.room)
        if room is None:
            talk.take("conference.unknown", f"There is no conference room {self.room}")
            talk.hang_up("not_found")
            return
        talk.memory["pin"], talk.memory["tries"] = "", 0
        if not room.is_open(self._leads(room, talk), talk.now):
            talk.take("conference.closed", f"{room.name} is booked for another time")
            talk.memory["bye"] = talk.play((ENDS["locked"],), stop_on_key=False)
            return
        if room.pin is None or self._leads(room, talk):
            self._knock(room, talk)
        else:
            talk.take("conference.pin", f"{room.name} asks for its PIN")
            talk.memory["asks"] = talk.play(("sound:conf-pin",))

    @staticmethod
    def _leads(room: Room, talk: Talk) -> bool:
        return talk.caller.user is not None and talk.caller.user in room.leaders

    def _knock(self, room: Room, talk: Talk) -> None:
        talk.memory.pop("asks", None)
        talk.answer()
        leads = self._leads(room, talk)
        talk.take("conference.enter", f"To conference {room.name}{' as its leader' if leads else ''}", room=room.id)
        talk.ask(EnterRoom(room.id, leads))

    def hear(self, event: Event, talk: Talk) -> None:
        room = talk.view.rooms.get(self.room)
        if room is None:
            return
        match event:
            case Digit(digit) if "asks" in talk.memory:
                self._pin(room, digit, talk)
            case PlayDone(token) | TimerFired(token) if token in (talk.memory.get("asks"), TIMER):
                self._silent(room, token, talk)
            case Digit(digit) if talk.memory.get("in"):
                self._key(room, digit, talk)
            case PlayDone(token) if token == talk.memory.get("bye"):
                talk.hang_up()
            case PlayDone(token) if token == talk.memory.get("music"):
                talk.memory["music"] = talk.play(WAITS[1:], stop_on_key=False)
            case RoomTold(what):
                self._told(room, what, talk)

    def _pin(self, room: Room, digit: str, talk: Talk) -> None:
        talk.stop_play()
        typed = talk.memory["pin"] + (digit if digit != "#" else "")
        if digit != "#" and len(typed) < len(room.pin or ""):
            talk.memory["pin"] = typed
            talk.start_timer(TIMER, KEY_S)
            return
        talk.cancel_timer(TIMER)
        if typed == room.pin:
            self._knock(room, talk)
        else:
            self._wrong(room, talk)

    def _silent(self, room: Room, token: str, talk: Talk) -> None:
        """The question was heard: now there is time for a key; when that is over the try is."""
        if token == TIMER:
            self._wrong(room, talk)
        else:
            talk.start_timer(TIMER, KEY_S)

    def _wrong(self, room: Room, talk: Talk) -> None:
        talk.memory["pin"], talk.memory["tries"] = "", talk.memory["tries"] + 1
        talk.take("conference.wrong_pin", f"That is not the PIN of {room.name} (try {talk.memory['tries']} of {TRIES})")
        if talk.memory["tries"] < TRIES:
            talk.memory["asks"] = talk.play(("sound:conf-pin-wrong", "sound:conf-pin"))
        else:
            talk.memory.pop("asks", None)
            talk.memory["bye"] = talk.play(("sound:goodbye",), stop_on_key=False)

    def _key(self, room: Room, digit: str, talk: Talk) -> None:
        if digit == "1":
            talk.ask(InRoom(room.id, "mute"))
        elif self._leads(room, talk) and digit in "234":
            actions: dict[str, Literal["lock", "kick_last", "mute_others"]] = {
                "2": "lock",
                "3": "kick_last",
                "4": "mute_others",
            }
            talk.ask(InRoom(room.id, actions[digit]))

    def _told(self, room: Room, what: str, talk: Talk) -> None:
        talk.take(f"conference.{what}", f"{room.name}: {what}")
        if what in ENDS:
            talk.memory["in"] = False
            talk.memory["bye"] = talk.play((ENDS[what],), stop_on_key=False)
        elif what == "waiting":
            talk.memory["in"] = False
            talk.memory["music"] = talk.play(WAITS, stop_on_key=False)
        elif what == "in":
            talk.memory["in"] = True
            talk.memory.pop("music", None)
            talk.stop_play()
            talk.play(("sound:conf-in",), stop_on_key=False)
        else:
            talk.play((SAYS[what],), stop_on_key=False)

    def prompts_used(self) -> tuple[str, ...]:
        return (*ENDS.values(), *SAYS.values(), *WAITS, "sound:conf-pin", "sound:conf-pin-wrong", "sound:conf-in")

    def references(self) -> tuple[tuple[str, str], ...]:
        return (("room", self.room),)
