"""menu: offer keys, wait for one; a key during the prompt acts at once."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from configdb.snapshot import TenantView
from ivr.events import Digit, Event, PlayDone, TimerFired
from ivr.nodes.base import Family, Node, NodeId, Prompts, present
from ivr.talk import Talk

Key = Annotated[str, Field(pattern=r"^[0-9*#A-D]$")]
TIMER = "menu"


class Menu(Node):
    """`keys` maps a key to a node. After `tries` invalid keys or silences the edges decide, else the call ends."""

    title: ClassVar[str] = "Menu"
    family: ClassVar[Family] = "ask"
    begins_again: ClassVar[bool] = True
    waits: ClassVar[bool] = True
    asks: ClassVar[bool] = True

    kind: Literal["menu"] = "menu"
    prompts: Prompts = Field(min_length=1)
    keys: dict[Key, NodeId] = Field(min_length=1)
    timeout_s: float = Field(default=5.0, ge=1.0, le=60.0)
    tries: int = Field(default=3, ge=1, le=9)
    on_timeout: NodeId | None = None
    on_invalid: NodeId | None = None
    invalid_prompts: Prompts = ("sound:option-invalid",)
    timeout_prompts: Prompts = ("sound:no-choice",)

    def enter(self, talk: Talk) -> None:
        talk.take("menu", f"Offer keys {', '.join(self.keys)}", tries=self.tries)
        talk.memory["tries"] = 0
        self._offer(talk, ())

    def _offer(self, talk: Talk, before: tuple[str, ...]) -> None:
        talk.memory["token"] = talk.play((*before, *self.prompts))

    def hear(self, event: Event, talk: Talk) -> None:
        match event:
            case PlayDone(token) if token == talk.memory["token"]:
                talk.start_timer(TIMER, self.timeout_s)
            case TimerFired(name) if name == TIMER:
                self._failed(
                    talk, "menu.timeout", f"No key within {self.timeout_s:g} s", self.timeout_prompts, self.on_timeout
                )
            case Digit(digit):
                self._pressed(digit, talk)

    def _pressed(self, digit: str, talk: Talk) -> None:
        talk.cancel_timer(TIMER)
        talk.stop_play()
        if digit in self.keys:
            talk.take("menu.key", f"Key {digit} pressed", key=digit)
            talk.go(self.keys[digit])
        elif digit == "*":
            talk.take("menu.repeat", "Key * pressed: the menu again")
            self._offer(talk, ())
        else:
            self._failed(talk, "menu.invalid", f"Key {digit} is not offered", self.invalid_prompts, self.on_invalid)

    def _failed(self, talk: Talk, code: str, text: str, say: tuple[str, ...], edge: str | None) -> None:
        talk.memory["tries"] += 1
        tried = talk.memory["tries"]
        talk.take(code, f"{text} (try {tried} of {self.tries})", tried=tried)
        if tried < self.tries:
            self._offer(talk, say)
        elif edge is not None:
            talk.go(edge)
        else:
            talk.fail("menu.given_up", "No choice after the last try", "normal")

    def examples(self, view: TenantView) -> tuple[str, ...]:
        wrong = next((key for key in "0123456789#" if key not in self.keys), None)
        return (*self.keys, *([] if wrong is None else [wrong * self.tries]))

    def edges(self) -> dict[str, str]:
        keys = {f"key {key}": node for key, node in self.keys.items()}
        return keys | present(on_timeout=self.on_timeout, on_invalid=self.on_invalid)

    def cut_off(self) -> tuple[str, ...]:
        return tuple(edge for edge in ("on_timeout", "on_invalid") if getattr(self, edge) is None)

    def prompts_used(self) -> tuple[str, ...]:
        return (*self.prompts, *self.invalid_prompts, *self.timeout_prompts)
