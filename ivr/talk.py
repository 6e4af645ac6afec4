"""What a node's rule works with: the configuration, the caller, the moment, and the few things it may ask for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from configdb.snapshot import TenantView
from ivr.effects import Answer, CancelTimer, Effect, GiveBack, Hangup, Play, StartTimer, StopPlay, Took
from ivr.steps import Step


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: E.164 number (or "anonymous"), name when known, user id when it is one of the tenant's people."""

    number: str
    name: str | None = None
    user: str | None = None


@dataclass(slots=True)
class Talk:
    """One conversation with a caller. `memory` is the node's own and is new at each visit.

    returnable: who transferred the caller waits to take them back when nobody answers.
    declined: the users who refused this call; they are not rung for it again.
    """

    view: TenantView
    caller: Caller
    answered: bool
    now: datetime
    node: str | None = None
    memory: dict[str, Any] = field(default_factory=dict)
    over: bool = False
    returnable: bool = False
    declined: set[str] = field(default_factory=set)
    going_to: str | None = None
    going_to_flow: str | None = None
    _plays: int = 0
    _effects: list[Effect] = field(default_factory=list)

    def ask(self, effect: Effect) -> None:
        """Ask for an effect."""
        self._effects.append(effect)

    def taken(self) -> tuple[Effect, ...]:
        """Everything asked for since the last time."""
        effects, self._effects = tuple(self._effects), []
        return effects

    def take(self, code: str, text: str, **data: str | int | float | bool | None) -> None:
        """A decision was taken at this node."""
        self.ask(Took(Step(code, text, data, self.node)))

    def answer(self) -> None:
        """Answer the caller, once: nothing is heard before."""
        if not self.answered:
            self.answered = True
            self.ask(Answer())

    def play(self, prompts: tuple[str, ...], stop_on_key: bool = True, loop: bool = False) -> str:
        """Let the caller hear prompts; returns the token whose `PlayDone` will come (never, of a loop)."""
        self.answer()
        self._plays += 1
        token = f"p{self._plays}"
        self.ask(Play(token, prompts, stop_on_key, loop))
        return token

    def stop_play(self) -> None:
        """Silence what plays."""
        self.ask(StopPlay())

    def start_timer(self, name: str, seconds: float) -> None:
        """Wait at most so long."""
        self.ask(StartTimer(name, seconds))

    def cancel_timer(self, name: str) -> None:
        """Wait no longer."""
        self.ask(CancelTimer(name))

    def go(self, node: str) -> None:
        """Go on at another node of this flow."""
        self.going_to = node

    def go_to_flow(self, flow: str) -> None:
        """Go on at the start of another flow of the tenant."""
        self.going_to_flow = flow

    def give_back(self, outcome: str) -> None:
        """The caller goes back to who transferred them; this is the end of the script."""
        self.over = True
        self.ask(GiveBack(outcome))  # type: ignore[arg-type]  # callers pass an outcome of `DialDone`

    def hang_up(self, cause: str = "normal") -> None:
        """End the call."""
        if not self.over:
            self.over = True
            self.ask(Hangup(cause))  # type: ignore[arg-type]  # callers pass one of Hangup's own words
