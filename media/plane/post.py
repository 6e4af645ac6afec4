"""The worker's commands on their way to the packet loop: those of one turn of the reactor wake it once, at the turn's end.

To be woken costs the loop more than a command does. Not for ways and keys: whom a datagram of this turn tells of them may
answer before its end.
"""

from __future__ import annotations

from typing import Any

from media.plane.engine import Engine, deliver


class Post:
    """Called with one 64-byte command after the other."""

    def __init__(self, reactor: Any, engine: Engine) -> None:
        self._reactor, self._engine = reactor, engine
        self._is_waking = False

    def __call__(self, command: bytes) -> None:
        deliver(self._engine, command, wakes=False)
        if not self._is_waking:
            self._is_waking = True
            self._reactor.callLater(0, self.flush)

    def flush(self) -> None:
        """Wake the loop now, if it was to be woken."""
        if self._is_waking:
            self._is_waking = False
            self._engine.wake()
