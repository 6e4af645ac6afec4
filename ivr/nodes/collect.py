"""collect: ask for several keys, such as a number or a code, and keep them in a variable.

enter --> ASKING (prompts) --key--> GATHERING --finish key | max_keys | between_s of nothing--> checked: next
             | first_s of nothing: again, after `tries` on_timeout      wrong: again, after `tries` on_invalid
"""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from configdb.snapshot import TenantView
from ivr.events import Digit, Event, PlayDone, TimerFired
from ivr.nodes.base import Family, Node, NodeId, Prompts, Variable, present
from ivr.talk import Talk

TIMER = "collect"
Accepted = Annotated[str, Field(pattern=r"^[0-9A-D*#]{1,32}$")]


class Collect(Node):
    """Keys into `variable`. `finish` ends them ("" none does); `accept` lists the only right answers (none: all of min_keys).

    secret: the keys are for nobody's eyes: they are not told in the call's steps.
    """

    title: ClassVar[str] = "Ask for keys"
    family: ClassVar[Family] = "ask"
    begins_again: ClassVar[bool] = True
    waits: ClassVar[bool] = True
    asks: ClassVar[bool] = True

    kind: Literal["collect"] = "collect"
    prompts: Prompts = Field(min_length=1)
    variable: Variable = "keys"
    min_keys: int = Field(default=1, ge=1, le=32)
    max_keys: int = Field(default=10, ge=1, le=32)
    finish: str = Field(default="#", pattern=r"^[*#]?$")
    accept: tuple[Accepted, ...] = Field(default=(), max_length=100)
    secret: bool = False
    first_s: float = Field(default=5.0, ge=1.0, le=60.0)
    between_s: float = Field(default=3.0, ge=0.5, le=30.0)
    tries: int = Field(default=3, ge=1, le=9)
    invalid_prompts: Prompts = ("sound:option-invalid",)
    timeout_prompts: Prompts = ("sound:no-choice",)
    next: NodeId
    on_timeout: NodeId | None = None
    on_invalid: NodeId | None = None

    @model_validator(mode="after")
    def _has_room(self) -> Collect:
        if self.min_keys > self.max_keys:
            raise ValueError("max_keys is less than min_keys")
        return self

    @property
    def hides_keys(self) -> bool:
        return self.secret

    def enter(self, talk: Talk) -> None:
        talk.take("collect", f"Ask for {self._wanted}", variable=self.variable)
        talk.memory |= {"tries": 0, "keys": ""}
        self._ask(talk, ())

    @property
    def _wanted(self) -> str:
        return f"{self.min_keys} keys" if self.min_keys == self.max_keys else f"{self.min_keys}-{self.max_keys} keys"

    def _ask(self, talk: Talk, before: tuple[str, ...]) -> None:
        talk.memory["keys"] = ""
        talk.memory["token"] = talk.play((*before, *self.prompts))

    def hear(self, event: Event, talk: Talk) -> None:
        match event:
            case PlayDone(token) if token == talk.memory["token"] and not talk.memory["keys"]:
                talk.start_timer(TIMER, self.first_s)
            case TimerFired(name) if name == TIMER:
                self._waited(talk)
            case Digit(digit):
                self._pressed(digit, talk)

    def _waited(self, talk: Talk) -> None:
        if talk.memory["keys"]:
            self._check(talk)
        else:
            why = f"Nothing was keyed within {self.first_s:g} s"
            self._failed(talk, "collect.timeout", why, self.timeout_prompts, self.on_timeout)

    def _pressed(self, digit: str, talk: Talk) -> None:
        talk.cancel_timer(TIMER)
        if not talk.memory["keys"]:
            talk.stop_play()
        if digit == self.finish:
            self._check(talk)
            return
        talk.memory["keys"] += digit
        if len(talk.memory["keys"]) >= self.max_keys:
            self._check(talk)
        else:
            talk.start_timer(TIMER, self.between_s)

    def _check(self, talk: Talk) -> None:
        talk.cancel_timer(TIMER)
        keys: str = talk.memory["keys"]
        shown = "the keys" if self.secret else (keys or "nothing")
        if len(keys) < self.min_keys or (self.accept and keys not in self.accept):
            self._failed(talk, "collect.invalid", f"{shown} cannot be right", self.invalid_prompts, self.on_invalid)
            return
        talk.learn({self.variable: keys})
        talk.take("collect.done", f"{shown} into {self.variable}", variable=self.variable)
        talk.go(self.next)

    def _failed(self, talk: Talk, code: str, text: str, say: tuple[str, ...], edge: str | None) -> None:
        talk.memory["tries"] += 1
        tried = talk.memory["tries"]
        talk.take(code, f"{text} (try {tried} of {self.tries})", tried=tried)
        if tried < self.tries:
            self._ask(talk, say)
        elif edge is not None:
            talk.go(edge)
        else:
            talk.fail("collect.given_up", "No answer after the last try", "normal")

    def examples(self, view: TenantView) -> tuple[str, ...]:
        end = self.finish if self.min_keys < self.max_keys else ""
        return tuple(f"{keys}{end}" for keys in self.accept[:5] or ("1" * self.min_keys,))

    def edges(self) -> dict[str, str]:
        return present(next=self.next, on_timeout=self.on_timeout, on_invalid=self.on_invalid)

    def cut_off(self) -> tuple[str, ...]:
        return tuple(edge for edge in ("on_timeout", "on_invalid") if getattr(self, edge) is None)

    def prompts_used(self) -> tuple[str, ...]:
        return (*self.prompts, *self.invalid_prompts, *self.timeout_prompts)


def is_extension(keys: str) -> bool:
    """Whether keys can be an extension."""
    return re.fullmatch(r"[0-9]{2,6}", keys) is not None
