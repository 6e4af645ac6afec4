"""What a call asks of the rest of the switch: settings, slots, transfers by keys, conference rooms; all are effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ivr.effects import BoxWish


@dataclass(frozen=True, slots=True)
class ChangeUser:
    """Change what a user says of calls to them. The answer is `Call.changed`."""

    user: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChangeDesk:
    """Let a user be logged in at a phone, or (None) give it back to whose it is. The answer is the event `Changed`."""

    device: str
    user: str | None


@dataclass(frozen=True, slots=True)
class AskWhenFree:
    """Call the user when the other one is free. The answer is the event `Changed`."""

    user: str
    target: str


@dataclass(frozen=True, slots=True)
class FindSlot:
    """Find a slot to park in: that one, or any. The answer is `Call.parked`."""

    slot: str | None


@dataclass(frozen=True, slots=True)
class SendTo:
    """The leg wants its partner to go where that leads, as dialled. The answer is `Transfers.transfer`, or `refused`."""

    leg: str
    dialled: str


@dataclass(frozen=True, slots=True)
class FetchOther:
    """The leg wants who it talks with in its other call to join this one. The answer is `Guests.place`, or nothing."""

    leg: str


@dataclass(frozen=True, slots=True)
class EnterRoom:
    """The leg wants into a conference room, to lead it or not. `Call.told_of_room` follows, once and at each change."""

    leg: str
    room: str
    leads: bool


@dataclass(frozen=True, slots=True)
class InRoom:
    """The leg does something in its room."""

    leg: str
    room: str
    action: Literal["mute", "lock", "kick_last", "mute_others"]


@dataclass(frozen=True, slots=True)
class QuitRoom:
    """The leg is no member of a conference room any more."""

    leg: str


@dataclass(frozen=True, slots=True)
class AskBox:
    """The session wants something of the voicemail of the node. The answer is `Call.told`."""

    wish: BoxWish


Order = AskBox | ChangeUser | ChangeDesk | AskWhenFree | FindSlot | SendTo | FetchOther | EnterRoom | InRoom | QuitRoom
