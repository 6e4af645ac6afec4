"""Callers at the queues: they take a place, ask for it, are offered an agent, and leave it in one of four ways.

join --> waiting --answered by an agent--> gone        waiting --promise--> promised (see `promises`)
            +--leave: a key, the time limit, nobody at work, hung up--> gone
"""

from __future__ import annotations

from collections.abc import Container
from typing import Literal

from ivr.events import QueueExpired, QueueJoined, QueuePromised, QueueRefused, QueueTold
from softswitch.queues.effects import Tell
from softswitch.queues.hall import Hall
from softswitch.queues.house import House
from softswitch.queues.limits import place_kept_s_max, promises_max
from softswitch.queues.place import Kind, Place
from softswitch.queues.promises import Promises


class Callers:
    """Works in a house; promises are made to those who do not want to wait."""

    def __init__(self, house: House, promises: Promises) -> None:
        self._house, self._promises = house, promises
        self._kept: dict[tuple[str, str, str], Place] = {}
        self._joined = 0

    def join(
        self,
        call: str,
        tenant: str,
        queue: str,
        caller: tuple[str | None, str | None],
        priority: int,
        skills: frozenset[str],
        held: Place | None = None,
    ) -> None:
        """A call wants a place; `caller` is number (None: withheld) and name. Who lost a place by our fault has it back.

        held: the place that this call had in the last run of the switch.
        """
        house = self._house
        if (old := house.places.get(call)) is not None:  # one call waits in one place
            house.forget(old)
        hall = house.halls.get((tenant, queue))
        refused = "unknown" if hall is None else None if held is not None else self._refuses(hall)
        if hall is None or refused is not None:
            house.emit(Tell(call, QueueRefused(refused or "unknown")))
            return
        number, name = caller
        self._joined += 1
        place = Place(call, tenant, queue, number, name, house.now, priority, skills, self._joined, call=call)
        before = held or self._kept.pop((tenant, queue, number or ""), None)
        if before is not None and house.now - before.joined_at < hall.queue.wait_s_max + place_kept_s_max:
            place.joined_at, place.priority = before.joined_at, max(before.priority, priority)
        hall.figures(house.now).offered += held is None
        house.enter(place)
        house.emit(Tell(call, QueueJoined(hall.line.position(place), hall.wait_s(place))))
        house.open(place)
        house.changed(hall, counted=True)

    @staticmethod
    def _refuses(hall: Hall) -> Literal["full", "empty"] | None:
        if len(hall.line) >= hall.queue.waiting_max:
            return "full"
        return "empty" if not hall.staff and hall.queue.empty == "leave" else None

    def ask(self, call: str) -> None:
        """Where am I?"""
        place = self._house.places.get(call)
        if place is not None:
            hall = self._house.hall_of(place)
            self._house.emit(Tell(call, QueueTold(hall.line.position(place), hall.wait_s(place))))

    def promise(self, call: str) -> None:
        """The caller will hang up and be called; said to them once it is on disk."""
        place = self._house.places.get(call)
        if place is None or place.kind is not Kind.PRESENT or not self._can_be_promised(place):
            self._house.emit(Tell(call, QueueRefused("anonymous")))
            return
        self._promises.make(place)
        self._house.emit(Tell(call, QueuePromised(), durable=True))

    def _can_be_promised(self, place: Place) -> bool:
        line = self._house.hall_of(place).line
        return place.number is not None and sum(one.kind is not Kind.PRESENT for one in line) < promises_max

    def leave(self, call: str, reason: str) -> None:
        """The caller gave up, or the flow goes on without the queue."""
        house, place = self._house, self._house.places.get(call)
        if place is None or place.kind is not Kind.PRESENT:
            return
        hall = house.hall_of(place)
        if reason == "abandoned" and hall.queue.callback_on_hangup and self._can_be_promised(place):
            self._promises.make(place)
            return
        figures = hall.figures(house.now)
        if reason == "abandoned":
            figures.abandoned += 1
        else:
            figures.left += 1
        house.forget(place)
        house.changed(hall, counted=True)

    def result(self, call: str, user: str, outcome: str) -> None:
        """What came of an offer."""
        house, place = self._house, self._house.places.get(call)
        if place is None or (outcome != "answered" and place.agent != user):
            return
        if outcome == "answered":
            hall = house.hall_of(place)
            hall.figures(house.now).was_answered(house.now - place.joined_at, hall.queue.sla_s)
            house.serve(place, user)
            house.forget(place)
            house.changed(hall, counted=True)
            return
        house.release(place, outcome)
        if place.kind is Kind.PRESENT:
            house.open(place)

    def gone(self, call: str) -> None:
        """The call is over, whatever it was in."""
        house = self._house
        agent = house.serving.get(call)
        if agent is not None and not agent.lines:
            house.served(agent)
        place = house.by_call.get(call)
        if place is None:
            return
        if place.kind is Kind.PRESENT:
            self.leave(call, "abandoned")
        if place.id in house.places and place.kind is not Kind.PRESENT:
            self._promises.call_over(place)

    def expired(self, hall: Hall) -> None:
        """Nobody is at work any more: those who wait may go where the queue says."""
        if not hall.staff and hall.queue.empty == "leave":
            for place in hall.line:
                if place.kind is Kind.PRESENT:
                    self._house.emit(Tell(place.id, QueueExpired("empty")))

    def forget(self, tenants: Container[str]) -> None:
        """The places that are kept for who calls again are kept elsewhere now."""
        for key in [key for key in self._kept if key[0] in tenants]:
            del self._kept[key]

    def lost(self, place: Place) -> None:
        """A caller of the last run, whose call is gone: a call back if the tenant wishes, else the place is kept a while."""
        hall = self._house.halls[place.tenant, place.queue]
        place.call = None
        if hall.queue.callback_on_hangup and place.number is not None:
            self._house.enter(place)
            self._promises.make(place)
        elif place.number is not None:
            self._kept[place.tenant, place.queue, place.number] = place
