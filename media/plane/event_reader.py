"""The engine's eventfd on the reactor: whoever drains the events is told when some wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class EventReader:
    """A reader of `fd`, which `readable` empties."""

    def __init__(self, fd: int, readable: Callable[[], None]) -> None:
        self._fd = fd
        self.doRead = readable

    def fileno(self) -> int:
        return self._fd

    def connectionLost(self, reason: Any) -> None:
        """The reactor is leaving."""

    def logPrefix(self) -> str:
        return "engine"
