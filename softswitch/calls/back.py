"""A part's way back to who holds it, without holding it: a call that is over is freed at once, not by the collector of cycles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast
from weakref import ref

P = ParamSpec("P")
R = TypeVar("R")


def back(method: Callable[P, R]) -> Callable[P, R]:
    """A method of the holder, for a part that lives no longer than it. Raises ReferenceError when that was not so."""
    bound: Any = method
    holder, function = ref(bound.__self__), bound.__func__

    def call(*given: P.args, **named: P.kwargs) -> R:
        found = holder()
        if found is None:
            raise ReferenceError("who held this part is gone")
        return cast(R, function(found, *given, **named))

    return call
