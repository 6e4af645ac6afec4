"""One conference room: who is in it, who leads it, what its leaders may do. Pure: answers are what members hear and are told.

          enter              somebody leads, or nobody needs to
OUTSIDE -------> waiting ------------------------------------> in <---> muted
   ^  locked, full            | the last leader leaves: all wait again, when the room needs one
   +------- leave, kicked ----+
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Told = Literal["in", "waiting", "locked", "full", "kicked", "muted", "unmuted", "shut", "open"]
"""What a member is told; the first four also answer `enter`."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How a room is: how many fit, whether it waits for a leader, whether comings and goings are heard."""

    members_max: int = 50
    waits: bool = False
    announced: bool = True


@dataclass(frozen=True, slots=True)
class Member:
    """A leg in the room."""

    leg: str
    leads: bool
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Seat:
    """The leg hears the room from now on, and is heard in it unless it is muted."""

    leg: str
    muted: bool


@dataclass(frozen=True, slots=True)
class Rise:
    """The leg hears the room no more."""

    leg: str


@dataclass(frozen=True, slots=True)
class Tell:
    """The call of the leg is told."""

    leg: str
    what: Told


@dataclass(frozen=True, slots=True)
class Announce:
    """The leg hears that somebody came or went."""

    leg: str
    sound: Literal["joined", "left"]


Answer = Seat | Rise | Tell | Announce


class Conference:
    """The room. Whatever happens in it returns what is to be done, in order."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.members: dict[str, Member] = {}
        self.locked = False

    @property
    def open(self) -> bool:
        """Whether its members hear each other: it waits for nobody."""
        return not self._rules.waits or any(member.leads for member in self.members.values())

    def enter(self, leg: str, leads: bool) -> list[Answer]:
        """A leg wants to come in. Who leads is never shut out by the lock."""
        if self.locked and not leads:
            return [Tell(leg, "locked")]
        if len(self.members) >= self._rules.members_max:
            return [Tell(leg, "full")]
        was_open = self.open
        self.members[leg] = Member(leg, leads)
        if not self.open:
            return [Tell(leg, "waiting")]
        come = [leg] if was_open else list(self.members)
        answers = [answer for one in come for answer in (Seat(one, self.members[one].muted), Tell(one, "in"))]
        return answers + self._announce("joined", leg)

    def leave(self, leg: str) -> list[Answer]:
        """A leg is gone."""
        was_open = self.open
        if self.members.pop(leg, None) is None:
            return []
        if not self.members:
            self.locked = False
        if was_open and not self.open:
            return [answer for one in self.members for answer in (Rise(one), Tell(one, "waiting"))]
        return self._announce("left", leg) if was_open else []

    def mute(self, leg: str, on: bool) -> list[Answer]:
        """A member is heard no more, or again."""
        member = self.members.get(leg)
        if member is None or member.muted == on:
            return []
        self.members[leg] = replace(member, muted=on)
        seat: list[Answer] = [Seat(leg, on)] if self.open else []
        return [*seat, Tell(leg, "muted" if on else "unmuted")]

    def mute_others(self, leg: str) -> list[Answer]:
        """All who do not lead are muted; if all of them are, they are heard again."""
        others = [one for one in self.members.values() if not one.leads and one.leg != leg]
        on = any(not one.muted for one in others)
        return [answer for one in others for answer in self.mute(one.leg, on)]

    def lock(self, on: bool) -> list[Answer]:
        """Nobody else comes in, or everybody may again; the leaders are told."""
        if self.locked == on:
            return []
        self.locked = on
        return [Tell(one.leg, "shut" if on else "open") for one in self.members.values() if one.leads]

    def kick(self, leg: str) -> list[Answer]:
        """A member has to go."""
        if leg not in self.members:
            return []
        return [Rise(leg), *self.leave(leg), Tell(leg, "kicked")]

    def kick_last(self) -> list[Answer]:
        """The one who came last and does not lead has to go."""
        last = next((one.leg for one in reversed(self.members.values()) if not one.leads), None)
        return [] if last is None else self.kick(last)

    def may_lead(self, leg: str) -> bool:
        """Whether a member leads."""
        member = self.members.get(leg)
        return member is not None and member.leads

    def _announce(self, sound: Literal["joined", "left"], about: str) -> list[Answer]:
        if not self._rules.announced:
            return []
        return [Announce(one, sound) for one in self.members if one != about]
