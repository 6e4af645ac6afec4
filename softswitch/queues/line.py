"""The places of one queue, in the order in which they are served, and apart for each set of skills that is asked for.

An agent looks at the first of each set only: however long the line, a decision looks at as many places as there are sets.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator

from softswitch.queues.place import Order, Place


class Line:
    """Sorted places. `open_by_need` holds those that nobody is rung for."""

    def __init__(self) -> None:
        self._places: dict[str, Place] = {}
        self._order: list[tuple[Order, str]] = []
        self._open: dict[frozenset[str], list[tuple[Order, str]]] = {}

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Place]:
        return (self._places[id] for _, id in self._order)

    def add(self, place: Place) -> None:
        """Somebody waits."""
        self._places[place.id] = place
        insort(self._order, (place.order, place.id))
        self.open(place)

    def remove(self, place: Place) -> None:
        """They do not wait any more."""
        del self._places[place.id]
        del self._order[bisect_left(self._order, (place.order, place.id))]
        self.close(place)

    def open(self, place: Place) -> None:
        """Nobody is rung for them."""
        insort(self._open.setdefault(place.skills, []), (place.order, place.id))

    def close(self, place: Place) -> None:
        """Somebody is, or they are gone; once more is no harm."""
        of = self._open.get(place.skills, [])
        at = bisect_left(of, (place.order, place.id))
        if at < len(of) and of[at][1] == place.id:
            del of[at]
        if not of:
            self._open.pop(place.skills, None)

    def position(self, place: Place) -> int:
        """1 for the first."""
        return bisect_left(self._order, (place.order, place.id)) + 1

    def first(self) -> Place | None:
        """Who waits longest, by priority."""
        return self._places[self._order[0][1]] if self._order else None

    def first_for(self, skills: frozenset[str], takes: Callable[[Place], bool]) -> Place | None:
        """The first open place that an agent with these skills can take; `takes` says of which not."""
        best: Place | None = None
        for need, of in self._open.items():
            if need <= skills:
                found = next((self._places[id] for _, id in of if takes(self._places[id])), None)
                if found is not None and (best is None or found.order < best.order):
                    best = found
        return best

    def open_places(self) -> Iterator[Place]:
        """All that nobody is rung for, in order."""
        return (place for place in self if place.agent is None)
