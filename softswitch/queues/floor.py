"""All queues of a node, put together: every input goes in here, every effect comes out. `now` is epoch seconds."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any

from configdb.snapshot import TenantView
from ivr.events import QueueExpired
from softswitch.queues.agent import Key
from softswitch.queues.callers import Callers
from softswitch.queues.effects import Effect, Save, Tell
from softswitch.queues.figures import Figures
from softswitch.queues.hall import Hall
from softswitch.queues.house import House
from softswitch.queues.place import Kind
from softswitch.queues.promises import Promises
from softswitch.queues.rows import read_agent, read_place, turn_key
from softswitch.queues.staff import Staff


class Floor:
    """`do(now, what)` gives an input to one of its parts: `floor.do(now, lambda f: f.callers.join(...))`."""

    def __init__(self, dice: Callable[[], float]) -> None:
        self._house = House(dice)
        self.promises = Promises(self._house)
        self.callers = Callers(self._house, self.promises)
        self.staff = Staff(self._house, self.callers)
        self._turns: dict[Key, int] = {}

    def do(self, now: float, what: Callable[[Floor], object]) -> tuple[Effect, ...]:
        """Something happened; what has come by then is seen to first."""
        self._house.now = now
        self._house.due()
        what(self)
        return self._house.flush()

    def tick(self, now: float) -> tuple[Effect, ...]:
        """Time has passed."""
        return self.do(now, lambda _: None)

    @property
    def next_at(self) -> float | None:
        """When `tick` has something to do."""
        return self._house.next_at

    def turn(self, tenant: str, group: str) -> int:
        """Whose turn it is in a round-robin group; the next one asks for the next."""
        number = self._turns.get((tenant, group), 0)
        self._turns[tenant, group] = number + 1
        self._house.emit(Save(turn_key(tenant, group), {"next": number + 1}))
        return number

    # -- configuration ---------------------------------------------------------------------------------------------

    def configured(self, views: Mapping[str, TenantView]) -> None:
        """The queues are these. One that is gone lets everybody go; an agent it does not name any more is logged out."""
        house = self._house
        wanted = {(tenant, id): (view, queue) for tenant, view in views.items() for id, queue in view.queues.items()}
        for key, (view, queue) in wanted.items():
            hall = house.halls.get(key)
            if hall is None:
                house.halls[key] = Hall(key[0], view.tenant.timezone, queue, house.dice)
            elif hall.queue != queue or hall.zone != view.tenant.timezone:
                hall.configured(view.tenant.timezone, queue)
                self._seat(hall)
        for key in [key for key in house.halls if key not in wanted]:
            self._close(house.halls[key])
            del house.halls[key]

    def _seat(self, hall: Hall) -> None:
        for user, agent in list(hall.staff.items()):
            if not hall.bench.has(user):
                self.staff.logout(hall.tenant, user, (hall.queue.id,))
            else:
                self._house.look(agent)
        self.promises.staffed(hall)

    def _close(self, hall: Hall) -> None:
        for user in list(hall.staff):
            self.staff.logout(hall.tenant, user, (hall.queue.id,))
        for place in list(hall.line):
            if place.kind is Kind.PRESENT:
                self._house.emit(Tell(place.id, QueueExpired("empty")))
                self._house.forget(place)
            else:
                self.promises.cannot(place.id, "the queue does not exist any more")

    # -- what survives ---------------------------------------------------------------------------------------------

    def restore(self, rows: Mapping[str, Mapping[str, Any]]) -> None:
        """What the last run kept; a row that means nothing, or of a queue that is gone, is removed.

        Agents come last: the first of them to be free finds the whole line, and takes who came first.
        """
        for key, row in sorted(rows.items(), key=lambda item: item[0].startswith("agent/")):
            try:
                understood = self._restore(key, row)
            except (KeyError, TypeError, ValueError):
                understood = False
            if not understood:
                self._house.emit(Save(key, None))

    def _restore(self, key: str, row: Mapping[str, Any]) -> bool:
        kind, tenant, id = key.split("/", 2)
        match kind:
            case "turn":
                self._turns[tenant, id] = int(row["next"])
            case "figures":
                self._house.halls[tenant, id].restored(Figures.of(row))
            case "agent":
                self.staff.restored(read_agent((tenant, id), row))
                return (tenant, id) in self._house.agents
            case "place":
                place = read_place(tenant, id, row)
                if id in self._house.places:
                    pass  # the call goes on, and was here first
                elif place.kind is Kind.PRESENT:
                    self.callers.lost(place)
                else:
                    self.promises.restored(place)
                return id in self._house.places
            case _:
                return False
        return True

    def forget(self, tenants: Container[str]) -> None:
        """Another node serves these tenants: nothing of them is known here. Who waits here all the same goes on elsewhere."""
        house = self._house
        for place in house.places.values():
            if place.tenant in tenants and place.kind is Kind.PRESENT:
                house.emit(Tell(place.id, QueueExpired("empty")))
        for table in (house.halls, house.agents, self._turns):
            for key in [key for key in table if key[0] in tenants]:
                del table[key]
        for place in [place for place in house.places.values() if place.tenant in tenants]:
            del house.places[place.id]
            house.by_call.pop(place.call or "", None)
        for call in [call for call, agent in house.serving.items() if agent.key[0] in tenants]:
            del house.serving[call]
        self.callers.forget(tenants)

    # -- what is seen ----------------------------------------------------------------------------------------------

    def documents(self, now: float, tenant: str | None = None) -> list[dict[str, Any]]:
        """The live figures of the queues of a tenant, or of all."""
        halls = sorted(self._house.halls.items())
        return [hall.document(now) for (owner, _), hall in halls if tenant in (None, owner)]

    def figures(self, now: float, tenant: str, queue: str) -> dict[str, Any] | None:
        """The live figures of one queue; None when there is none."""
        hall = self._house.halls.get((tenant, queue))
        return None if hall is None else hall.document(now)

    def document(self, now: float, tenant: str, queue: str) -> dict[str, Any] | None:
        """One queue with the people in it; None when there is none."""
        hall = self._house.halls.get((tenant, queue))
        if hall is None:
            return None
        return {**hall.document(now), "people": hall.people(now), "places": hall.places(now)}

    def queues_of(self, tenant: str, user: str) -> Iterable[str]:
        """Those that name a user."""
        return [
            id for (owner, id), hall in sorted(self._house.halls.items()) if owner == tenant and hall.bench.has(user)
        ]
