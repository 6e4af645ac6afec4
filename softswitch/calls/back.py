"""A part's way back to who holds it, without holding it: a call that is over is freed at once, not by the collector of cycles."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar
from weakref import WeakMethod

P = ParamSpec("P")
R = TypeVar("R")


def back(method: Callable[P, R]) -> Callable[P, R]:
    """A method of the holder, for a part that lives no longer than it. Raises ReferenceError when that was not so."""
    reference = WeakMethod(method)

    def call(*given: P.args, **named: P.kwargs) -> R:
        found = reference()
        if found is None:
            raise ReferenceError("who held this part is gone")
        return found(*given, **named)

    return call
