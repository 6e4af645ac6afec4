"""compare: ways by a value: the first case that holds, else `otherwise`. Numbers are compared as numbers."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from configdb.model import Value
from ivr.nodes.base import Family, Node, NodeId, Template
from ivr.nodes.math import number_of
from ivr.talk import Talk

Operator = Literal[
    "is", "is_not", "less", "less_or_equal", "more", "more_or_equal", "begins", "ends", "contains", "empty"
]
WORDS = {
    "is": "is",
    "is_not": "is not",
    "less": "is less than",
    "less_or_equal": "is at most",
    "more": "is more than",
    "more_or_equal": "is at least",
    "begins": "begins with",
    "ends": "ends with",
    "contains": "contains",
    "empty": "is empty",
}


class Case(Value):
    """The value compared with `with_` (in documents "with"), which may hold {variables}."""

    operator: Operator = "is"
    with_: Template = Field(default="", alias="with")
    to: NodeId

    def holds(self, value: str, other: str) -> bool:
        """Whether it holds."""
        match self.operator:
            case "begins":
                return value.startswith(other)
            case "ends":
                return value.endswith(other)
            case "contains":
                return other in value
            case "empty":
                return not value.strip()
        a, b = number_of(value), number_of(other)
        if a is not None and b is not None:
            order = (a > b) - (a < b)
        else:
            order = (value > other) - (value < other)
        return {
            "is": order == 0,
            "is_not": order != 0,
            "less": order < 0,
            "less_or_equal": order <= 0,
            "more": order > 0,
            "more_or_equal": order >= 0,
        }[self.operator]


class Compare(Node):
    """`value` is text in which {variables} stand."""

    title: ClassVar[str] = "Compare"
    family: ClassVar[Family] = "decide"
    needs_nobody: ClassVar[bool] = True

    kind: Literal["compare"] = "compare"
    value: Template
    cases: tuple[Case, ...] = Field(min_length=1, max_length=50)
    otherwise: NodeId

    @property
    def quiet_s(self) -> float | None:
        return 0.0

    def enter(self, talk: Talk) -> None:
        value = talk.filled_plainly(self.value)
        for number, case in enumerate(self.cases, start=1):
            other = talk.filled_plainly(case.with_)
            if case.holds(value, other):
                words = f"{value!r} {WORDS[case.operator]}" + (f" {other!r}" if case.operator != "empty" else "")
                talk.take("compare.case", words[:200], case=number)
                talk.go(case.to)
                return
        talk.take("compare.otherwise", f"No case holds for {value!r}"[:200])
        talk.go(self.otherwise)

    def edges(self) -> dict[str, str]:
        return {f"case {number}": case.to for number, case in enumerate(self.cases, 1)} | {"otherwise": self.otherwise}
