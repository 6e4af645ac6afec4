"""Calls that were promised: the place stays in the line, in order; when it comes up an agent is rung, then the caller.

promised --agent rung--> (not reached: back in its place) --agent answers--> CALLING --> kept, or a task for people
    +------all who could have declined, or are of the queue no more--> a task for people

The line between PROMISED and CALLING is written to disk before anybody is dialled. A node that dies before it rings
another agent when it is up again; one that dies behind it calls nobody a second time, and leaves a task instead.
"""

from __future__ import annotations

from ivr.events import MayCallBack
from softswitch.queues.effects import Tell, Write
from softswitch.queues.hall import Hall
from softswitch.queues.house import House
from softswitch.queues.place import Kind, Place

NOBODY = "nobody is left who has not declined"
UNREACHED = "was called back but not reached"
INTERRUPTED = "may not have been called back: the node restarted meanwhile"


class Promises:
    """Works in a house."""

    def __init__(self, house: House) -> None:
        self._house = house

    def make(self, place: Place) -> None:
        """Who waits will be called; not before the call that they are still in is over."""
        house, hall = self._house, self._house.hall_of(place)
        house.release(place, "withdrawn")
        hall.line.close(place)
        place.kind, place.promised_at = Kind.PROMISED, house.now
        hall.figures(house.now).promised += 1
        house.keep(place)
        house.changed(hall, counted=True)
        if place.call is None:
            self._wait(place)

    def _wait(self, place: Place) -> None:
        """Whoever is free is rung, once; nobody is left when all who could call have declined."""
        if self._house.hall_of(place).bench.may_serve(place):
            self._house.open(place)
        else:
            self.cannot(place.id, NOBODY)

    def staffed(self, hall: Hall) -> None:
        """The agents of a queue are others now: those whom none of them may call are for people."""
        for place in list(hall.line):
            waits = place.kind is Kind.PROMISED and place.call is None and place.agent is None
            if waits and not hall.bench.may_serve(place):
                self.cannot(place.id, NOBODY)

    def _note(self, place: Place, reached: bool, text: str) -> None:
        """What became of a promise: done, or a task for people."""
        hall = self._house.hall_of(place)
        activity = {
            "id": f"cb{place.id}",
            "tenant": place.tenant,
            "kind": "callback",
            "call": place.id,
            "at": place.promised_at or place.joined_at,
            "from": place.number or "",
            "from_name": place.name,
            "to": hall.queue.name,
            "title": f"{place.name or place.number} ({hall.queue.name}) {text}",
            "state": "finished" if reached else "open",
            "unread": not reached,
            "phone": place.number,
            "group": hall.queue.id,
        }
        self._house.emit(Write({"kind": "activity", "id": activity["id"], "activity": activity}))

    def calling(self, id: str, call: str) -> None:
        """The agent of a promise is being rung by this call."""
        place = self._house.places.get(id)
        if place is not None and place.kind is Kind.PROMISED and place.agent is not None:
            place.call = call
            self._house.by_call[call] = place

    def cannot(self, id: str, why: str) -> None:
        """It is not possible to call them: a task for people."""
        place = self._house.places.get(id)
        if place is not None:
            self._end(place, False, f"cannot be called back: {why}")

    def may_call(self, id: str, call: str) -> None:
        """The agent answered `call`: from here on no other call will be made for this promise."""
        house, place = self._house, self._house.by_call.get(call)
        if place is None or place.id != id or place.kind is not Kind.PROMISED or place.agent is None:
            house.emit(Tell(call, MayCallBack(False)))
            return
        place.kind = Kind.CALLING
        house.keep(place)
        house.serve(place, place.agent)
        house.emit(Tell(call, MayCallBack(True), durable=True))

    def called(self, call: str, reached: bool) -> None:
        """They were reached, or not."""
        place = self._house.by_call.get(call)
        if place is None or place.kind is not Kind.CALLING:
            return
        if reached:
            self._house.hall_of(place).figures(self._house.now).kept += 1
        self._end(place, reached, "was called back" if reached else UNREACHED)

    def call_over(self, place: Place) -> None:
        """The call in which they asked, or in which an agent was rung for them, is over."""
        house = self._house
        house.by_call.pop(place.call or "", None)
        place.call = None
        if place.kind is Kind.CALLING:
            self._end(place, False, UNREACHED)
            return
        if place.agent is not None:
            house.release(place, "no_answer")
        self._wait(place)

    def withdraw(self, tenant: str, id: str) -> bool:
        """Nobody has to be called; False when there is no such promise, or it is being kept right now."""
        place = self._house.places.get(id)
        if place is None or place.tenant != tenant or place.kind is not Kind.PROMISED:
            return False
        self._end(place, True, "need not be called back")
        return True

    def restored(self, place: Place) -> None:
        """A promise of the last run: still to be kept, or for people when it may have been."""
        self._house.enter(place)
        if place.kind is Kind.CALLING:
            self._end(place, False, INTERRUPTED)
        elif not self._house.hall_of(place).bench.may_serve(place):
            self.cannot(place.id, NOBODY)

    def _end(self, place: Place, reached: bool, text: str) -> None:
        self._note(place, reached, text)
        hall = self._house.hall_of(place)
        self._house.forget(place)
        self._house.changed(hall, counted=True)
