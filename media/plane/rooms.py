"""Conference rooms of a worker: names, numbers in the packet loop, who sits in them. A room is there while it has members."""

from __future__ import annotations

from collections.abc import Callable

from media.plane import records
from media.plane.legs import Leg


class Rooms:
    """`post` hands a record to the packet loop. There are never more rooms than legs."""

    def __init__(self, places: int, post: Callable[[bytes], None]) -> None:
        self._free = list(range(places - 1, -1, -1))
        self._post = post
        self._numbers: dict[str, int] = {}
        self._members: dict[str, set[str]] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def join(self, leg: Leg, room: str, muted: bool, deaf: bool, to: Leg | None) -> None:
        """Take a seat in the room of that name, which ends an earlier one, or change how one sits."""
        if leg.room != room:
            self.forget(leg)
            if room not in self._numbers:
                self._numbers[room] = self._free.pop()
            self._members.setdefault(room, set()).add(leg.name)
            leg.room = room
        self._post(records.join(leg.handle, self._numbers[room], muted, deaf, None if to is None else to.handle))

    def leave(self, leg: Leg) -> None:
        """Without a room nothing happens."""
        self.forget(leg)
        self._post(records.leave(leg.handle))

    def forget(self, leg: Leg) -> None:
        """The packet loop took the leg's seat away, or is about to."""
        if leg.room is None:
            return
        members = self._members[leg.room]
        members.discard(leg.name)
        if not members:
            self._free.append(self._numbers.pop(leg.room))
            del self._members[leg.room]
        leg.room = None
