"""One queue as it is now: its configuration, who waits, who is free, who is at work, and its figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from configdb.model import Queue
from softswitch.queues.agent import Agent, State
from softswitch.queues.bench import Bench
from softswitch.queues.estimate import wait_of
from softswitch.queues.figures import Figures
from softswitch.queues.line import Line
from softswitch.queues.place import Kind, Place

AT_WORK = (State.FREE, State.REST, State.RINGING, State.BUSY, State.WRAP_UP)


class Hall:
    """`tenant` and `zone` are its owner's; `staff` are the agents who are logged in, by user."""

    def __init__(self, tenant: str, zone: str, queue: Queue, dice: Callable[[], float]) -> None:
        self.tenant, self.zone, self.queue = tenant, zone, queue
        self.line, self.bench = Line(), Bench(queue, dice)
        self.staff: dict[str, Agent] = {}
        self._states: Counter[State] = Counter()
        self._figures = Figures()

    def configured(self, zone: str, queue: Queue) -> None:
        """Another configuration."""
        self.zone, self.queue = zone, queue
        self.bench.configured(queue)

    def figures(self, now: float) -> Figures:
        """Those of today."""
        self._figures = self._figures.of_day(now, self.zone)
        return self._figures

    def restored(self, figures: Figures) -> None:
        """What was counted before."""
        self._figures = figures

    def wait_s(self, place: Place) -> float | None:
        """What the wait may still take."""
        return wait_of(self.line.position(place), self.at_work, self._figures.handling_s)

    @property
    def at_work(self) -> int:
        """How many agents share the callers."""
        return sum(self._states[state] for state in AT_WORK)

    def sits(self, agent: Agent) -> None:
        """An agent logs in."""
        self.staff[agent.key[1]] = agent
        self._states[agent.seen] += 1

    def leaves(self, agent: Agent) -> None:
        """An agent logs out."""
        del self.staff[agent.key[1]]
        self._states[agent.seen] -= 1
        self.bench.rise(agent.key[1])

    def becomes(self, before: State, after: State) -> None:
        """An agent does something else."""
        self._states[before] -= 1
        self._states[after] += 1

    def document(self, now: float) -> dict[str, Any]:
        """The live figures; see `docs/tenant.md`."""
        figures, first = self.figures(now), self.line.first()
        promised = sum(place.kind is not Kind.PRESENT for place in self.line)
        return {
            "id": self.queue.id,
            "tenant": self.tenant,
            "name": self.queue.name,
            "waiting": len(self.line) - promised,
            "promised_waiting": promised,
            "longest_wait_s": None if first is None else round(max(0.0, now - min(p.joined_at for p in self.line))),
            "sla_s": self.queue.sla_s,
            "sla_percent": figures.sla_percent,
            "agents": {state.value: self._states[state] for state in State if state is not State.OUT},
            **{name: value for name, value in figures.document().items() if name != "waited_s"},
            "mean_wait_s": round(figures.waited_s / figures.answered, 1) if figures.answered else None,
        }

    def people(self, now: float) -> list[dict[str, Any]]:
        """All who may work here, in the order of the queue, with what they do."""
        return [self._person(member.user, now) for member in self.queue.agents]

    def _person(self, user: str, now: float) -> dict[str, Any]:
        agent = self.staff.get(user)
        state = State.OUT if agent is None else agent.state(now)
        return {
            "user": user,
            "state": state.value,
            "reason": None if agent is None or state is not State.PAUSED else agent.paused,
            "since_s": None if agent is None else round(max(0.0, now - agent.since)),
            "calls": 0 if agent is None else agent.calls,
        }

    def places(self, now: float) -> list[dict[str, Any]]:
        """Those who wait, in the order in which they are served."""
        return [
            {
                "id": place.id,
                "position": index,
                "number": place.number,
                "name": place.name,
                "waited_s": round(max(0.0, now - place.joined_at)),
                "priority": place.priority,
                "skills": sorted(place.skills),
                "kind": place.kind.value,
                "agent": place.agent,
            }
            for index, place in enumerate(self.line, 1)
        ]
