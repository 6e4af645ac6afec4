"""The free agents of one queue, sorted by whom its strategy rings first: the smallest rank.

An agent's rank is fixed while they are free, so that it is worked out once, when they become free:

    longest idle: since when      round robin: when they were last offered a call      least calls: how many they took
    random: a number drawn then   sequential: the place in the queue's list            always first: the penalty
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable

from configdb.model import Queue
from softswitch.queues.agent import Agent
from softswitch.queues.place import Place

Rank = tuple[int, float, float, int]


class Bench:
    """`queue` is its configuration; `dice` gives numbers in [0, 1)."""

    def __init__(self, queue: Queue, dice: Callable[[], float]) -> None:
        self._dice = dice
        self._ranks: dict[str, Rank] = {}
        self._order: list[tuple[Rank, str]] = []
        self.configured(queue)

    def configured(self, queue: Queue) -> None:
        """Another configuration; whoever sat here has to sit down again."""
        self.queue = queue
        self._members = {member.user: (index, member) for index, member in enumerate(queue.agents)}
        self._skills = {member.user: frozenset(member.skills) for member in queue.agents}
        self._ranks.clear()
        self._order.clear()

    def has(self, user: str) -> bool:
        """Whether somebody belongs to the queue."""
        return user in self._members

    def skills(self, user: str) -> frozenset[str]:
        """What they can do here."""
        return self._skills.get(user, frozenset())

    def sit(self, agent: Agent) -> None:
        """An agent is free."""
        user = agent.key[1]
        self.rise(user)
        if user in self._members:
            self._ranks[user] = rank = self._rank(agent)
            insort(self._order, (rank, user))

    def rise(self, user: str) -> None:
        """They are not; once more is no harm."""
        rank = self._ranks.pop(user, None)
        if rank is not None:
            del self._order[bisect_left(self._order, (rank, user))]

    def _rank(self, agent: Agent) -> Rank:
        index, member = self._members[agent.key[1]]
        match self.queue.strategy:
            case "longest_idle":
                first, second = agent.idle_since, 0.0
            case "round_robin":
                first, second = float(agent.turn), 0.0
            case "least_calls":
                first, second = float(agent.calls), agent.idle_since
            case "random":
                first, second = self._dice(), 0.0
            case "sequential":
                first, second = float(index), 0.0
        return member.penalty, first, second, index

    def first_for(self, place: Place) -> str | None:
        """Who is rung for a place."""
        needs, skills, refused = place.skills, self._skills, place.refused
        return next((user for _, user in self._order if user not in refused and needs <= skills[user]), None)

    def may_serve(self, place: Place) -> bool:
        """Whether anybody of the queue, free or not, could be rung for a place."""
        return any(place.skills <= skills and user not in place.refused for user, skills in self._skills.items())

    def __len__(self) -> int:
        return len(self._order)
