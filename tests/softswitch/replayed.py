"""Every flow that a call runs is run once more from its steps alone (`ivr.replay`): an explanation leaves nothing out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ivr.effects import Effect, Took
from ivr.events import Event
from ivr.replay import replayed
from ivr.session import Session


class Watched(Session):
    """A session that keeps the steps that it takes, as the history would, until its caller is gone. `all` are of one test."""

    all: list[Watched] = []

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.began_with = arguments
        self.steps: list[dict[str, Any]] = []
        self.at: Mapping[str, Any] | None = None
        self.all.append(self)

    def start(self, now: datetime) -> tuple[Effect, ...]:
        return self._watched(super().start(now), now)

    def resume(self, kept: Mapping[str, Any], now: datetime) -> tuple[Effect, ...]:
        self.at = kept
        return self._watched(super().resume(kept, now), now)

    def feed(self, event: Event, now: datetime) -> tuple[Effect, ...]:
        return self._watched(super().feed(event, now), now)

    def _watched(self, effects: tuple[Effect, ...], now: datetime) -> tuple[Effect, ...]:
        taken = [one.step for one in effects if isinstance(one, Took) and not self._gone]
        self.steps += [
            {"code": step.code, "node": step.node, "text": step.text, "data": step.data, "at": now.timestamp()}
            for step in taken
        ]
        return effects

    def difference(self) -> str:
        """Where the flow goes another way when it is led by its steps; "" when it does not."""
        wanted = [(step["code"], step["node"], step["text"]) for step in self.steps if step["node"] is not None]
        again = [(step.code, step.node, step.text) for step in replayed(*self.began_with, self.steps, self.at)]
        return "" if wanted == again else f"{again} instead of {wanted}"
