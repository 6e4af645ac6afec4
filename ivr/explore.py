"""Every way that callers can take through a flow: the simulation, over and over, each time with another choice.

A choice is what the caller keys at a node (one of the answers worth trying, or nothing at all), whether who is rung answers, or
an answering machine does, and whether a server does. Ways are found depth first; who answered a node wrongly or not at all goes
on so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from configdb.snapshot import TenantView
from ivr.behaviour import WAITS, Availability, Outside, Reply, answered, reachable
from ivr.effects import Dial, Fetch, Party
from ivr.events import Fetched
from ivr.limits import path_choices_max, paths_max
from ivr.session import Session
from ivr.simulate import Simulation, prompt_seconds_default, run
from ivr.steps import Step
from ivr.talk import Caller

DIALLED = ("free", "no_answer", "busy")
REPLIES = (Reply(200, "{}"), Reply(0, ""))


@dataclass(frozen=True, slots=True)
class Path:
    """One way: what was chosen on it, in words, and what happened."""

    choices: tuple[str, ...]
    simulation: Simulation


@dataclass(frozen=True, slots=True)
class Paths:
    """All ways that were found; `complete` is False when there are more."""

    paths: tuple[Path, ...]
    complete: bool


def explore(
    view: TenantView,
    document: Mapping[str, Any],
    caller: Caller,
    at: datetime,
    prompt_seconds: Callable[[str], float] = prompt_seconds_default,
    before: tuple[Step, ...] = (),
    outside: Callable[[str], Outside] = reachable,
) -> Paths:
    """All ways of that caller at that moment, at most `paths_max`."""
    found: list[Path] = []
    todo: list[tuple[int, ...]] = [()]
    while todo and len(found) < paths_max:
        world = _Choosing(todo.pop(), outside)
        simulation = run(view, document, caller, at, world, prompt_seconds, before)
        found.append(Path(tuple(world.words), simulation))
        todo += [
            (*world.taken[:at], other)
            for at in range(len(world.script), len(world.taken))
            for other in world.others(at)
        ]
    return Paths(tuple(found), not todo)


@dataclass(slots=True)
class _Choosing:
    """Chooses as the script says, then the first of what there is."""

    script: tuple[int, ...]
    reach: Callable[[str], Outside]
    taken: tuple[int, ...] = ()
    words: list[str] = field(default_factory=list)
    _sizes: list[int] = field(default_factory=list)
    _keying: list[str] = field(default_factory=list)
    _silent_at: str | None = None
    _dial: Dial | None = None
    _state: Availability = "free"

    def others(self, at: int) -> range:
        """The choices at that point that were not taken, the next ones first."""
        return range(self._sizes[at] - 1, self.taken[at], -1)

    def _choose(self, what: str, options: tuple[str, ...]) -> int:
        if len(options) < 2 or len(self.taken) >= path_choices_max:
            return 0
        at = len(self.taken)
        choice = self.script[at] if at < len(self.script) else 0
        self.taken += (choice,)
        self._sizes.append(len(options))
        self.words.append(f"{what}: {options[choice]}")
        return choice

    def key(self, session: Session) -> str | None:
        if self._keying:
            return self._keying.pop(0)
        if self._silent_at == session.node:
            return WAITS
        options = (*session.examples, "nothing")
        chosen = self._choose(session.node or "", options)
        if chosen == len(options) - 1:
            self._silent_at = session.node
            return WAITS
        self._keying = list(options[chosen])
        return self._keying.pop(0)

    def state(self, party: Party, effect: Dial) -> Availability:
        if self._dial is not effect:
            self._dial = effect
            who = ", ".join(one.id for one in effect.parties)
            listens = any(one.machines != "connect" for one in effect.parties)
            options = (*DIALLED, "machine") if listens else DIALLED
            self._state = cast(Availability, options[self._choose(who, options)])
        return self._state

    def user(self, user: str) -> Availability:
        return "free"

    def outside(self, number: str) -> Outside:
        return self.reach(number)

    def reply(self, session: Session, effect: Fetch) -> Fetched:
        chosen = self._choose(session.node or "", ("answers", "does not answer"))
        return answered(effect, REPLIES[chosen])
