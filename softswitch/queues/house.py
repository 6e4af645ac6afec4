"""Everybody at the queues of a node, and the one rule that brings them together.

Whenever an agent becomes free they are offered the first place they can serve, over all their queues; whenever a place
opens the first agent on the bench is rung for it. So no free agent ever sits beside a place they could serve, and who came
first is served first. Nobody is rung for two places, no place has two agents.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable

from ivr.events import QueueOffer
from softswitch.queues.agent import Agent, Key, State
from softswitch.queues.effects import CallBack, Changed, Effect, Save, Tell
from softswitch.queues.hall import Hall
from softswitch.queues.limits import offer_grace_s, rest_s, unreachable_rest_s
from softswitch.queues.place import Kind, Place
from softswitch.queues.rows import agent_key, agent_row, figures_key, place_key, place_row

RESTS = {"no_answer": rest_s, "declined": rest_s, "busy": rest_s, "unreachable": unreachable_rest_s, "failed": rest_s}


class House:
    """The shared state of `callers`, `staff` and `promises`. `now` is the time of the input being worked on."""

    def __init__(self, dice: Callable[[], float]) -> None:
        self.dice = dice
        self.now = 0.0
        self.halls: dict[Key, Hall] = {}
        self.agents: dict[Key, Agent] = {}
        self.places: dict[str, Place] = {}
        self.by_call: dict[str, Place] = {}
        self.serving: dict[str, Agent] = {}
        self.turns = 0
        self._due: list[tuple[float, int, Key | None, str]] = []
        self._dues = 0
        self._out: list[Effect] = []

    def emit(self, *effects: Effect) -> None:
        """Ask the driver for these, in this order."""
        self._out.extend(effects)

    def flush(self) -> tuple[Effect, ...]:
        """Everything asked for since the last time."""
        out, self._out = tuple(self._out), []
        return out

    def hall_of(self, place: Place) -> Hall:
        """The queue somebody waits in."""
        return self.halls[place.tenant, place.queue]

    def changed(self, hall: Hall, counted: bool = False) -> None:
        """The figures of a queue are others now; those `counted` are kept."""
        self.emit(Changed(hall.tenant, hall.queue.id))
        if counted:
            row = hall.figures(self.now).document()
            self.emit(Save(figures_key(hall.tenant, hall.queue.id), row))

    # -- places ----------------------------------------------------------------------------------------------------

    def keep(self, place: Place) -> None:
        """Keep a place on disk as it is."""
        self.emit(Save(place_key(place.tenant, place.id), place_row(place)))

    def enter(self, place: Place) -> None:
        """Somebody waits from now."""
        self.places[place.id] = place
        if place.call is not None:
            self.by_call[place.call] = place
        self.hall_of(place).line.add(place)
        self.keep(place)

    def forget(self, place: Place) -> None:
        """They do not any more; who was rung for them is let go."""
        self.release(place, "withdrawn")
        hall = self.hall_of(place)
        hall.line.remove(place)
        del self.places[place.id]
        self.by_call.pop(place.call or "", None)
        self.emit(Save(place_key(place.tenant, place.id), None))

    def open(self, place: Place) -> None:
        """Nobody is rung for them: ring somebody."""
        hall = self.hall_of(place)
        hall.line.close(place)
        hall.line.open(place)
        user = hall.bench.first_for(place)
        if user is not None:
            self._offer(place, self.agents[place.tenant, user])

    def _offer(self, place: Place, agent: Agent) -> None:
        hall, user = self.hall_of(place), agent.key[1]
        self.turns += 1
        place.agent, place.offered_at = user, self.now
        agent.offered, agent.turn = place.id, self.turns
        hall.line.close(place)
        self.look(agent)
        ring_s = float(hall.queue.ring_s)
        self._later(self.now + ring_s + offer_grace_s, None, place.id)
        if place.kind is Kind.PRESENT:
            self.emit(Tell(place.id, QueueOffer(user, ring_s)))
        else:
            number = place.number or ""
            self.emit(CallBack(place.tenant, hall.queue.id, place.id, number, user, ring_s))

    def release(self, place: Place, outcome: str) -> None:
        """Who was rung for a place is not any more, and left alone for a while if they were not reached."""
        user, place.agent = place.agent, None
        agent = self.agents.get((place.tenant, user or ""))
        if agent is None or agent.offered != place.id:
            return
        agent.offered = None
        if outcome in ("declined", "busy"):
            place.refused.add(agent.key[1])
        if outcome in RESTS:
            agent.rest_until = self.now + RESTS[outcome]
        self.look(agent)

    # -- agents ----------------------------------------------------------------------------------------------------

    def look(self, agent: Agent) -> None:
        """Something about an agent changed: seat them, and offer them the first place they can serve."""
        state = agent.state(self.now)
        halls = self._halls_of(agent)
        if state is not agent.seen:
            for hall in halls:
                hall.becomes(agent.seen, state)
                self.changed(hall)
            agent.seen, agent.since = state, self.now
        for hall in halls:
            hall.bench.rise(agent.key[1])
            if state is State.FREE:
                hall.bench.sit(agent)
        due = agent.due(self.now)
        if due is not None:
            self._later(due, agent.key, "")
        if state is State.FREE:
            self._find_work(agent)

    def _halls_of(self, agent: Agent) -> list[Hall]:
        tenant, user = agent.key
        found = (self.halls.get((tenant, queue)) for queue in sorted(agent.queues))
        return [hall for hall in found if hall is not None and user in hall.staff]

    def _find_work(self, agent: Agent) -> None:
        user = agent.key[1]
        found = [
            place
            for hall in self._halls_of(agent)
            if (place := hall.line.first_for(hall.bench.skills(user), lambda place: user not in place.refused))
        ]
        if found:
            self._offer(min(found, key=lambda place: place.order), agent)

    def serve(self, place: Place, user: str) -> None:
        """An agent talks with who waited, or with who is called back."""
        agent, hall = self.agents.get((place.tenant, user)), self.hall_of(place)
        if agent is None:
            return
        if agent.offered == place.id:
            agent.offered = None
        place.agent = None if place.agent == user else place.agent
        agent.serving, agent.serves, agent.served_at = place.call or place.id, hall.queue.id, self.now
        agent.calls += 1
        self.serving[agent.serving] = agent
        self.look(agent)

    def served(self, agent: Agent) -> None:
        """The conversation is over: time to wrap up."""
        self.serving.pop(agent.serving or "", None)
        hall = self.halls.get((agent.key[0], agent.serves))
        agent.serving = None
        agent.idle_since = self.now
        if hall is not None:
            agent.wrap_up_until = self.now + hall.queue.wrap_up_s
            hall.figures(self.now).was_handled(self.now - agent.served_at + hall.queue.wrap_up_s)
            self.changed(hall, counted=True)
        self.emit(Save(agent_key(agent.key), agent_row(agent)))
        self.look(agent)

    # -- time ------------------------------------------------------------------------------------------------------

    def _later(self, at: float, agent: Key | None, place: str) -> None:
        self._dues += 1
        heapq.heappush(self._due, (at, self._dues, agent, place))

    @property
    def next_at(self) -> float | None:
        """When something happens by itself."""
        return self._due[0][0] if self._due else None

    def due(self) -> None:
        """What has come by now: rests and wrap-ups that are over, offers that nobody spoke of."""
        while self._due and self._due[0][0] <= self.now:
            at, _, key, place_id = heapq.heappop(self._due)
            agent, place = self.agents.get(key or ("", "")), self.places.get(place_id)
            if agent is not None:
                self.look(agent)
            if place is not None and place.agent is not None:
                ring_s = self.hall_of(place).queue.ring_s
                if place.offered_at + ring_s + offer_grace_s <= at and place.kind is not Kind.CALLING:
                    self.release(place, "no_answer")
                    if place.kind is Kind.PROMISED:
                        self.by_call.pop(place.call or "", None)
                        place.call = None
                    self.open(place)
