"""Where each room is: on the worker of its first member, for as long as it has members."""

from __future__ import annotations

from typing import Generic, TypeVar

W = TypeVar("W")


class RoomHomes(Generic[W]):
    """The rooms that have members, with their worker."""

    def __init__(self) -> None:
        self._rooms: dict[str, tuple[W, set[str]]] = {}
        self._in: dict[str, str] = {}

    def join(self, leg: str, room: str, home: W) -> W:
        """The worker of the room; that of the leg when it is the first."""
        if self._in.get(leg) != room:
            self.leave(leg)
        worker, members = self._rooms.setdefault(room, (home, set()))
        members.add(leg)
        self._in[leg] = room
        return worker

    def leave(self, leg: str) -> None:
        """A room that nobody is in any more is forgotten."""
        room = self._in.pop(leg, None)
        if room is not None:
            members = self._rooms[room][1]
            members.discard(leg)
            if not members:
                del self._rooms[room]
