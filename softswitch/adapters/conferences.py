"""The conference rooms of the node: gives what members do to `calls.conference`, and does what that answers."""

from __future__ import annotations

from typing import Any

from softswitch.adapters.live_call import LiveCall
from softswitch.adapters.switchboard import Switchboard
from softswitch.calls import conference
from softswitch.calls import effects as do
from softswitch.calls.conference import Answer, Conference, Rules

Key = tuple[str, str]


class Conferences:
    """Rooms that have members, by tenant and id."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board
        self._rooms: dict[Key, Conference] = {}
        self._in: dict[str, Key] = {}

    def __call__(self, live: LiveCall, effect: do.EnterRoom | do.InRoom | do.QuitRoom) -> None:
        """What a call asks for its caller."""
        match effect:
            case do.EnterRoom(leg, room, leads):
                key = (live.view.tenant.id, room)
                self._in[leg] = key
                self._do(key, self._room(live, key).enter(leg, leads))
            case do.InRoom(leg, room, action):
                self._act((live.view.tenant.id, room), leg, action)
            case do.QuitRoom(leg):
                self.left(leg)

    def left(self, leg: str) -> None:
        """A leg is no member of any room any more."""
        key = self._in.pop(leg, None)
        room = self._rooms.get(key) if key is not None else None
        if key is None or room is None:
            return
        self._do(key, room.leave(leg))
        if not room.members:
            self._rooms.pop(key, None)

    def sizes(self) -> list[int]:
        """How many are in each room that has members."""
        return [len(room.members) for room in self._rooms.values()]

    def documents(self, tenant: str) -> list[dict[str, Any]]:
        """The rooms of a tenant that have members."""
        return [
            {
                "id": id,
                "locked": room.locked,
                "open": room.open,
                "members": [self._member(one) for one in room.members.values()],
            }
            for (of, id), room in sorted(self._rooms.items())
            if of == tenant
        ]

    def _member(self, member: conference.Member) -> dict[str, Any]:
        live = self._board.of_leg(member.leg)
        leg = live.call.desk.legs.get(member.leg) if live is not None else None
        who = (
            {"call": live.call.id, "party": leg.party, "name": leg.name} if live is not None and leg is not None else {}
        )
        return {"leg": member.leg, "leads": member.leads, "muted": member.muted, **who}

    def order(self, tenant: str, id: str, action: str, leg: str | None) -> bool:
        """Somebody who is no member leads; False when there is no such room or member now."""
        room = self._rooms.get((tenant, id))
        if room is None or (leg is not None and leg not in room.members):
            return False
        match action:
            case "lock" | "unlock":
                self._do((tenant, id), room.lock(action == "lock"))
            case "mute" | "unmute" if leg is not None:
                self._do((tenant, id), room.mute(leg, action == "mute"))
            case "kick" if leg is not None:
                self._kicked((tenant, id), room.kick(leg))
            case _:
                return False
        return True

    def _room(self, live: LiveCall, key: Key) -> Conference:
        found = self._rooms.get(key)
        if found is None:
            wanted = live.view.rooms.get(key[1])
            rules = Rules() if wanted is None else Rules(wanted.members_max, wanted.waits, wanted.announced)
            found = self._rooms[key] = Conference(rules)
        return found

    def _act(self, key: Key, leg: str, action: str) -> None:
        room = self._rooms.get(key)
        if room is None or leg not in room.members:
            return
        match action:
            case "mute":
                self._do(key, room.mute(leg, not room.members[leg].muted))
            case "lock" if room.may_lead(leg):
                self._do(key, room.lock(not room.locked))
            case "mute_others" if room.may_lead(leg):
                self._do(key, room.mute_others(leg))
            case "kick_last" if room.may_lead(leg):
                self._kicked(key, room.kick_last())

    def _kicked(self, key: Key, answers: list[Answer]) -> None:
        for answer in answers:
            if isinstance(answer, conference.Tell) and answer.what == "kicked":
                self._in.pop(answer.leg, None)
        self._do(key, answers)

    def _do(self, key: Key, answers: list[Answer]) -> None:
        name = f"conference-{key[0]}-{key[1]}"
        for answer in answers:
            match answer:
                case conference.Seat(leg, muted):
                    self._board.media.seat(do.JoinRoom(leg, name, muted))
                case conference.Rise(leg):
                    self._board.media.seat(do.LeaveRoom(leg))
                case conference.Tell(leg, what):
                    self._tell(leg, what)
                case conference.Announce(leg, sound):
                    self._announce(leg, sound)

    def _tell(self, leg: str, what: conference.Told) -> None:
        live = self._board.of_leg(leg)
        if what in ("locked", "full"):
            self._in.pop(leg, None)
        if live is not None:
            self._board.later(live, lambda call, now: call.told_of_room(leg, what, now))

    def _announce(self, leg: str, sound: str) -> None:
        live = self._board.of_leg(leg)
        if live is not None:
            self._board.later(live, lambda call, now: call.transfers.say(leg, f"sound:conf-{sound}", now))
