"""Who hears whom in a call: two over a bridge; with guests, or while somebody is muted, all of them in a room of the media plane.

          talk, a guest leaves              a guest comes, somebody is muted
APART ----------------------> BRIDGE <-------------------------------------> ROOM
  ^                              |                                             |
  +-----------------------------+------------- part, hold --------------------+

A guest is a third party (three-way), one of many who are paged, or a supervisor who listens (monitor), speaks to one of
them (whisper) or to all (barge).
Who is held from outside hears music and nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from softswitch.calls import effects as do
from softswitch.calls.desk import Desk
from softswitch.calls.leg import Leg

Mode = Literal["party", "monitor", "whisper", "barge", "page"]


@dataclass(frozen=True, slots=True)
class Guest:
    """A leg beside caller and peer. `beside`: the leg that a supervisor listens to, and whispers to."""

    leg: Leg
    mode: Mode
    beside: str


class Table:
    """The seats of one call. `arrange` makes what is heard what it should be.

    held, muted: on somebody's order, until they part.  listeners: those who were paged.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.guests: dict[str, Guest] = {}
        self.muted: set[str] = set()
        self.held: set[str] = set()
        self.listeners: set[str] = set()
        self._seated: dict[str, do.JoinRoom] = {}

    @property
    def is_plain(self) -> bool:
        """Nobody beside the two, who hear each other."""
        return not (self.guests or self.muted or self.held or self.listeners)

    def arrange(self) -> None:
        """After a change: caller and peer talk, with whoever else is there."""
        caller, peer = self._desk.caller, self._desk.peer
        if caller is None or peer is None:
            return
        talk = [leg for leg in (caller, peer) if leg.live]
        if self.guests or (self.muted | self.listeners) & {leg.id for leg in talk}:
            self._room(talk)
            return
        self._leave(set(self._seated))
        if self.held & {caller.id, peer.id}:
            self._desk.emit(do.Unbridge(caller.id))
        else:
            self._desk.emit(do.Bridge(caller.id, peer.id))

    def apart(self) -> None:
        """For a while nobody hears anybody."""
        caller = self._desk.caller
        if self._seated:
            self._leave(set(self._seated))
        elif caller is not None and caller.live:
            self._desk.emit(do.Unbridge(caller.id))

    def part(self) -> None:
        """Caller and peer talk no more; what was asked for them is over."""
        self.apart()
        live = (self._desk.live_leg(leg) for leg in sorted(self.held))
        self._desk.emit(*(do.StopPlaying(leg.id) for leg in live if leg is not None))
        self.held.clear()
        self.muted.clear()

    def hold(self, leg: Leg, on: bool) -> None:
        """On somebody's order a leg hears music and nobody else, or is back."""
        if on == (leg.id in self.held):
            return
        if on:
            self.held.add(leg.id)
            self.arrange()
            self._desk.emit(do.PlayTo(leg.id, "hold", ("sound:hold-music",), loop=True))
        else:
            self.held.discard(leg.id)
            self._desk.emit(do.StopPlaying(leg.id))
            self.arrange()

    def mute(self, leg: Leg, on: bool) -> None:
        """On somebody's order nobody hears a leg, or everybody does again."""
        (self.muted.add if on else self.muted.discard)(leg.id)
        self.arrange()

    def invite(self, guest: Guest) -> None:
        """A guest sits down, or sits otherwise from now on."""
        self.guests[guest.leg.id] = guest
        self.arrange()

    def dismiss(self, leg_id: str) -> Guest | None:
        """A guest gets up; None when there was none of that name."""
        guest = self.guests.pop(leg_id, None)
        if guest is not None:
            self._leave({leg_id})
            self.arrange()
        return guest

    def next_party(self) -> Leg | None:
        """The third party that stays when one of two leaves: no guest any more, but one of the two."""
        stays = ("party", "page")
        found = next((guest for guest in self.guests.values() if guest.mode in stays and guest.leg.live), None)
        if found is None:
            return None
        del self.guests[found.leg.id]
        if found.mode == "page":
            self.listeners.add(found.leg.id)
        return found.leg

    def _room(self, talk: list[Leg]) -> None:
        room = f"call-{self._desk.ledger.id}"
        silenced = self.muted | self.listeners
        wanted = [do.JoinRoom(leg.id, room, leg.id in silenced) for leg in talk]
        present = {leg.id for leg in talk}
        for guest in self.guests.values():
            if guest.leg.live:
                to = guest.beside if guest.mode == "whisper" and guest.beside in present - self.held else None
                silent = guest.mode in ("monitor", "page") or (guest.mode == "whisper" and to is None)
                wanted.append(do.JoinRoom(guest.leg.id, room, silent or guest.leg.id in self.muted, to=to))
        seats = {seat.leg: seat for seat in wanted if seat.leg not in self.held}
        self._leave(set(self._seated) - set(seats))
        self._desk.emit(*(seat for seat in seats.values() if self._seated.get(seat.leg) != seat))
        self._seated = seats

    def _leave(self, legs: set[str]) -> None:
        for leg in sorted(legs & set(self._seated)):
            del self._seated[leg]
            if self._desk.live_leg(leg) is not None:
                self._desk.emit(do.LeaveRoom(leg))
