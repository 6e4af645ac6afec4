"""Random days at a queue, with a crash between any two effects: order is kept, nobody is rung twice, promises are kept once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest

from ivr.events import MayCallBack, QueueOffer
from softswitch.queues.effects import CallBack, Effect, Save, Tell, Write
from softswitch.queues.floor import Floor
from softswitch.queues.limits import offer_grace_s
from softswitch.queues.place import Kind
from tests.conftest import NIGHTLY
from tests.softswitch.queues.hall import TENANT, Scene, members

USERS = ("u1", "u2", "u3")
SKILLS = ((), (), ("russian",))
QUEUE = {
    "agents": members("u1", "u2", "u3", u2={"skills": ["russian"]}),
    "empty": "wait",
    "callback_on_hangup": True,
    "wrap_up_s": 5,
    "waiting_max": 20,
}


class Day(Scene):
    """What the world around the floor does: phones, callers, and the node that dies."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.present: set[str] = set()
        self.ringing: dict[str, str] = {}
        self.rung_at: dict[str, float] = {}
        self.talking: dict[str, str] = {}
        self.calling: dict[str, tuple[str, str]] = {}
        self.granted: Counter[str] = Counter()
        self.ended: set[str] = set()
        self.promised: set[str] = set()
        self.calls = 0
        self.crash_at: int | None = None
        super().__init__(self.random.random, sales=QUEUE)
        self.login(*USERS)

    def do(self, what: Callable[[Floor], object]) -> tuple[Effect, ...]:
        before = {place.id for place in self.floor._house.places.values() if place.agent is None}
        effects = self.floor.do(self.now, what)
        crash, self.crash_at = self.crash_at, None
        for effect in effects[:crash]:
            self.took(effect)
        self.log += effects[:crash]
        if crash is not None and crash < len(effects):
            self.died()
        else:
            self.look(effects, before)
        return effects

    def took(self, effect: Effect) -> None:
        match effect:
            case Save(key, None):
                self.rows.pop(key, None)
            case Save(key, row) if row is not None:
                self.rows[key] = row
                if row.get("kind") == "promised":
                    self.promised.add(key.rpartition("/")[2])
            case Tell(call, QueueOffer(agent, ring_s)):
                self.ringing = {
                    c: a for c, a in self.ringing.items() if self.now - self.rung_at[c] < ring_s + offer_grace_s
                }
                assert agent not in self.ringing.values(), "rung for two"
                assert agent not in self.talking.values(), "rung while talking"
                self.ringing[call], self.rung_at[call] = agent, self.now
            case Tell(call, MayCallBack(True)):
                promise, agent = self.calling[call]
                self.granted[promise] += 1
                self.talking[call] = agent
            case CallBack(_, _, promise, _, agent):
                self.calls += 1
                call = f"k{self.calls}"
                self.calling[call] = (promise, agent)
                self.floor.promises.calling(promise, call)
            case Write(record):
                self.ended.add(record["activity"]["call"])

    def died(self) -> None:
        """All calls are gone; what was saved is there."""
        self.present.clear()
        self.ringing.clear()
        self.talking.clear()
        self.calling.clear()
        self.begin()

    def look(self, effects: tuple[Effect, ...], before: set[str]) -> None:
        """What must always hold."""
        house = self.floor._house
        offered = Counter(agent.offered for agent in house.agents.values() if agent.offered is not None)
        assert all(count == 1 for count in offered.values()), "two agents are rung for one place"
        open_places = [place for place in house.places.values() if place.agent is None and not place.call] + [
            place for place in house.places.values() if place.agent is None and place.kind is Kind.PRESENT
        ]
        hall = house.halls[TENANT, "sales"]
        for agent in house.agents.values():
            user = agent.key[1]
            can = [p for p in open_places if p.skills <= hall.bench.skills(user) and user not in p.refused]
            if agent.state(self.now).value == "free":
                assert [] == can, f"{user} is free beside somebody who waits"
            if agent.offered in house.places and agent.offered in {of.call for of in effects if isinstance(of, Tell)}:
                earlier = [p for p in can if p.order < house.places[agent.offered].order and p.id in before]
                assert [] == earlier, "somebody who came later was served first"

    # -- what may happen -------------------------------------------------------------------------------------------

    def step(self) -> None:
        dice = self.random
        if dice.random() < 0.05:
            self.crash_at = dice.randrange(4)
        act = dice.choice((self.comes, self.comes, self.answers_one, self.refuses_one, self.ends_one, self.gives_up))
        dice.choice((act, act, act, self.asks, self.works, self.waits))()

    def comes(self) -> None:
        self.calls += 1
        call = f"c{self.calls}"
        self.present.add(call)
        self.join(call, priority=self.random.choice((0, 0, 3)), skills=self.random.choice(SKILLS))

    def answers_one(self) -> None:
        if self.ringing:
            call, agent = self.random.choice(sorted(self.ringing.items()))
            del self.ringing[call]
            self.talking[call] = agent
            self.answers(call, agent)
        elif self.calling:
            call, (promise, agent) = self.random.choice(sorted(self.calling.items()))
            if call not in self.talking:
                self.do(lambda f: f.staff.lines(TENANT, agent, 1))
                if call in self.calling:
                    self.do(lambda f: f.promises.may_call(promise, call))
                if call in self.calling and call not in self.talking:
                    del self.calling[call]
                    self.hangs_up(call, agent)

    def refuses_one(self) -> None:
        if self.ringing:
            call, agent = self.random.choice(sorted(self.ringing.items()))
            del self.ringing[call]
            self.refuses(call, agent, self.random.choice(("no_answer", "declined", "unreachable")))
        else:
            for call in sorted(set(self.calling) - set(self.talking)):
                if self.calling.pop(call, None):  # else the node died meanwhile
                    self.do(lambda f, call=call: f.callers.gone(call))

    def ends_one(self) -> None:
        if self.talking:
            call, agent = self.random.choice(sorted(self.talking.items()))
            if call in self.calling:
                if self.random.random() < 0.7:
                    self.do(lambda f: f.promises.called(call, self.random.random() < 0.5))
                self.calling.pop(call, None)
            if self.talking.pop(call, None):
                self.present.discard(call)
                self.hangs_up(call, agent)

    def gives_up(self) -> None:
        waiting = sorted(self.present - set(self.talking))
        if waiting:
            call = self.random.choice(waiting)
            self.present.discard(call)
            self.ringing.pop(call, None)
            self.do(lambda f: f.callers.leave(call, self.random.choice(("abandoned", "exit", "time"))))
            self.do(lambda f: f.callers.gone(call))

    def asks(self) -> None:
        waiting = sorted(self.present - set(self.talking) - set(self.ringing))
        if waiting:
            call = self.random.choice(waiting)
            self.do(lambda f: f.callers.promise(call))
            self.present.discard(call)
            self.do(lambda f: f.callers.gone(call))

    def works(self) -> None:
        user = self.random.choice(USERS)
        verb = self.random.choice((None, "", "lunch"))
        self.do(lambda f: f.staff.pause(TENANT, user, verb))

    def waits(self) -> None:
        self.later(self.random.choice((1, 5, 30)))
        self.ringing = {call: agent for call, agent in self.ringing.items() if self._is_rung(call, agent)}

    def _is_rung(self, call: str, agent: str) -> bool:
        place = self.floor._house.places.get(call)
        return place is not None and place.agent == agent

    def drain(self) -> None:
        """Everybody goes home in order."""
        for user in USERS:
            self.login(user)
            self.do(lambda f, user=user: f.staff.pause(TENANT, user, None))
        for _ in range(2000):
            if not self.floor._house.places and not self.talking:
                return
            self.answers_one()
            self.ends_one()
            self.gives_up()
            self.waits()


@pytest.mark.parametrize("seed", range(1000 if NIGHTLY else 60))
def test_a_day_at_the_queue(seed: int) -> None:
    day = Day(seed)
    for _ in range(150):
        day.step()
    day.crash_at = None
    day.drain()
    assert {} == day.floor._house.places
    assert day.promised == day.ended, "a promise that came to nothing"
    assert set() == {promise for promise, times in day.granted.items() if times > 1}, "called twice"
    assert {} == {key: row for key, row in day.rows.items() if key.startswith("place/")}
