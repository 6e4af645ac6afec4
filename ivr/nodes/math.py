"""math: reckon with two values into a variable; what is no number goes on at `on_error`."""

from __future__ import annotations

from decimal import Decimal, DecimalException, localcontext
from typing import ClassVar, Literal

from pydantic import Field

from ivr.nodes.base import Family, Node, NodeId, Template, Variable, present
from ivr.talk import Talk

DIGITS_MAX = 28


class Math(Node):
    """`left` and `right` are texts in which {variables} stand; `variable` gets the result."""

    title: ClassVar[str] = "Reckon"
    family: ClassVar[Family] = "program"
    needs_nobody: ClassVar[bool] = True

    kind: Literal["math"] = "math"
    left: Template
    operation: Literal["add", "subtract", "multiply", "divide", "modulo"]
    right: Template
    variable: Variable
    decimals: int = Field(default=2, ge=0, le=6)
    next: NodeId
    on_error: NodeId | None = None

    @property
    def quiet_s(self) -> float | None:
        return 0.0

    def enter(self, talk: Talk) -> None:
        left, right = talk.filled_plainly(self.left), talk.filled_plainly(self.right)
        result = self._result(left, right)
        if result is not None:
            talk.learn({self.variable: result})
            talk.take("math", f"{self.variable} is {result}: {left} {self.operation} {right}"[:200])
            talk.go(self.next)
            return
        text = f"{left!r} {self.operation} {right!r} has no result"[:200]
        if self.on_error is not None:
            talk.take("math.error", text)
            talk.go(self.on_error)
        else:
            talk.fail("math.error", text)

    def _result(self, left: str, right: str) -> str | None:
        a, b = number_of(left), number_of(right)
        if a is None or b is None:
            return None
        try:
            with localcontext() as context:
                context.prec = DIGITS_MAX
                result = {
                    "add": lambda: a + b,
                    "subtract": lambda: a - b,
                    "multiply": lambda: a * b,
                    "divide": lambda: a / b,
                    "modulo": lambda: a % b,
                }[self.operation]()
                rounded = result.quantize(Decimal(1).scaleb(-self.decimals))
        except DecimalException:
            return None
        text = f"{rounded:f}"
        return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"

    def edges(self) -> dict[str, str]:
        return present(next=self.next, on_error=self.on_error)


def number_of(text: str) -> Decimal | None:
    """The number a text is, with at most DIGITS_MAX digits; None when it is none."""
    text = text.strip()
    if not 1 <= len(text) <= DIGITS_MAX:
        return None
    try:
        value = Decimal(text)
    except DecimalException:
        return None
    return value if value.is_finite() and -DIGITS_MAX <= value.adjusted() <= DIGITS_MAX else None
