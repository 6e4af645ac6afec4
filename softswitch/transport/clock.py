"""Twisted's `IReactorTime` as a Python protocol, so that the type checker sees it: the reactor and `task.Clock` fit.

The reactor's clock must be monotonic: set `reactor.seconds = time.monotonic` before the first `callLater`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Delayed(Protocol):
    """A call to come (`IDelayedCall`)."""

    def active(self) -> bool:
        """Whether it is still to come."""

    def cancel(self) -> None:
        """Forgets it; only while active."""

    def reset(self, secondsFromNow: float) -> None:
        """Moves it; only while active."""


class Clock(Protocol):
    """Seconds that only grow, and calls later."""

    def seconds(self) -> float:
        """Now."""

    def callLater(self, delay: float, callable: Callable[..., Any], *args: Any) -> Delayed:
        """Calls `callable(*args)` after `delay` seconds."""


def stop(timer: Delayed | None) -> None:
    """Cancels a timer that may be over or was never set."""
    if timer is not None and timer.active():
        timer.cancel()
