"""What agents do: log in and out, pause with a reason, say that they are ready; and the calls they are in."""

from __future__ import annotations

from collections.abc import Iterable

from softswitch.queues.agent import Agent
from softswitch.queues.callers import Callers
from softswitch.queues.effects import Save
from softswitch.queues.house import House
from softswitch.queues.limits import reason_chars_max
from softswitch.queues.rows import agent_key, agent_row


class Staff:
    """Works in a house; `callers` hear when the last agent of a queue goes."""

    def __init__(self, house: House, callers: Callers) -> None:
        self._house, self._callers = house, callers
        self._lines: dict[tuple[str, str], int] = {}

    def login(self, tenant: str, user: str, queues: Iterable[str] | None = None) -> set[str]:
        """At work in these queues (None: in all that name the user); the queues they are logged in to then."""
        house, key = self._house, (tenant, user)
        mine = {hall.queue.id for (of, _), hall in house.halls.items() if of == tenant and hall.bench.has(user)}
        wanted = mine if queues is None else mine & set(queues)
        if not wanted:
            return set()
        agent = house.agents.setdefault(key, Agent(key, idle_since=house.now, lines=self._lines.get(key, 0)))
        new = wanted - agent.queues
        agent.queues |= wanted
        self._sit_in(agent, new)
        self._keep(agent)
        house.look(agent)
        return set(agent.queues)

    def _sit_in(self, agent: Agent, queues: set[str]) -> None:
        for queue in queues:
            hall = self._house.halls[agent.key[0], queue]
            hall.sits(agent)
            self._house.changed(hall)

    def logout(self, tenant: str, user: str, queues: Iterable[str] | None = None) -> bool:
        """No longer at work in these queues (None: in none); False when they were not. What they are in goes on."""
        house, agent = self._house, self._house.agents.get((tenant, user))
        if agent is None or not agent.queues:
            return False
        for queue in agent.queues & set(agent.queues if queues is None else queues):
            agent.queues.discard(queue)
            hall = house.halls.get((tenant, queue))
            if hall is not None and user in hall.staff:
                hall.leaves(agent)
                house.changed(hall)
                self._callers.expired(hall)
        if not agent.queues:
            agent.paused = None
        self._keep(agent)
        house.look(agent)
        return True

    def _keep(self, agent: Agent) -> None:
        self._house.emit(Save(agent_key(agent.key), agent_row(agent) if agent.queues else None))

    def pause(self, tenant: str, user: str, reason: str | None) -> bool:
        """Not now, for a reason ("" is one); None: again. False when they are not at work."""
        agent = self._house.agents.get((tenant, user))
        if agent is None or not agent.queues:
            return False
        agent.paused = None if reason is None else reason[:reason_chars_max]
        self._keep(agent)
        self._house.look(agent)
        return True

    def ready(self, tenant: str, user: str) -> bool:
        """Wrapped up before the time, and rested; False when they are not at work."""
        agent = self._house.agents.get((tenant, user))
        if agent is None or not agent.queues:
            return False
        agent.wrap_up_until = agent.rest_until = 0.0
        self._house.look(agent)
        return True

    def lines(self, tenant: str, user: str, change: int) -> None:
        """A user is in so many more calls, or fewer."""
        key = (tenant, user)
        count = max(0, self._lines.get(key, 0) + change)
        if count:
            self._lines[key] = count
        else:
            self._lines.pop(key, None)
        agent = self._house.agents.get(key)
        if agent is None:
            return
        was, agent.lines = agent.lines, count
        if count == 0 and agent.serving is not None:
            self._house.served(agent)
        elif count == 0 and was:
            agent.idle_since = self._house.now
            self._house.look(agent)
        else:
            self._house.look(agent)

    def is_in_a_call(self, tenant: str, user: str) -> bool:
        """Whether a user is in any call, or rung for one."""
        return (tenant, user) in self._lines

    def restored(self, agent: Agent) -> None:
        """An agent of the last run is at work still."""
        here = {queue for queue in agent.queues if (agent.key[0], queue) in self._house.halls}
        agent.queues = {queue for queue in here if self._house.halls[agent.key[0], queue].bench.has(agent.key[1])}
        if agent.queues:
            self._house.agents[agent.key] = agent
            self._house.turns = max(self._house.turns, agent.turn)
            self._sit_in(agent, agent.queues)
            self._house.look(agent)
