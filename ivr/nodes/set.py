"""set: keep values in variables."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from ivr.nodes.base import Family, Node, NodeId, Template, Variable, present
from ivr.talk import Talk


class Set(Node):
    """Each of `values` is text in which {other} variables may stand."""

    title: ClassVar[str] = "Set variables"
    family: ClassVar[Family] = "program"
    needs_nobody: ClassVar[bool] = True

    kind: Literal["set"] = "set"
    values: dict[Variable, Template] = Field(min_length=1, max_length=50)
    next: NodeId | None = None

    @property
    def quiet_s(self) -> float | None:
        return 0.0

    def enter(self, talk: Talk) -> None:
        learnt = {name: talk.filled_plainly(text) for name, text in self.values.items()}
        talk.learn(learnt)
        talk.take("set", "; ".join(f"{name} is {value!r}" for name, value in learnt.items())[:200])
        talk.go_or_end(self.next)

    def edges(self) -> dict[str, str]:
        return present(next=self.next)
