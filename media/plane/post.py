"""The worker's commands on their way to the packet loop: those of one turn of the reactor wake it once, at the turn's end.

To be woken costs the loop more than a command does; but no more commands wait for that than it carries out at once. Paths of
ICE and keys of DTLS do not go this way: a datagram that goes out in this turn may be answered before its end.
"""

from __future__ import annotations

from typing import Any

from media.plane.engine import Engine, deliver

WAITING_MAX = 64
"""So many commands the loop carries out between two looks at its packets."""


class Post:
    """Called with one 64-byte command after the other."""

    def __init__(self, reactor: Any, engine: Engine) -> None:
        self._reactor, self._engine = reactor, engine
        self._waiting = 0

    def __call__(self, command: bytes) -> None:
        deliver(self._engine, command, wakes=False)
        self._waiting += 1
        if self._waiting == 1:
            self._reactor.callLater(0, self.flush)
        elif self._waiting % WAITING_MAX == 0:
            self._engine.wake()

    def flush(self) -> None:
        """Wake the loop now, if it was to be woken."""
        if self._waiting:
            self._waiting = 0
            self._engine.wake()
