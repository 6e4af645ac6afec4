"""Legs whose client vanished: their media goes on for a while, so that a client which starts again can take them over.

client gone, promised nothing ---------------------> its legs are closed
client gone, lingers --> ORPHANS --claimed---------> legs of who claimed them
                            +-----linger_s, or somebody claimed his and not these --> closed
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from media.plane.legs import Leg, Legs


class Orphans:
    """Over the legs of one worker. An orphan's events are told to nobody: it is owned by this. `close` ends a leg."""

    def __init__(self, reactor: Any, legs: Legs, close: Callable[[Leg], object]) -> None:
        self._reactor, self._legs, self._close = reactor, legs, close
        self._linger_s: dict[object, float] = {}
        self._timer: Any = None

    def gone(self, owner: object) -> None:
        """A client left."""
        linger_s = self._linger_s.pop(owner, 0.0)
        for leg in self._legs.owned_by(owner):
            if linger_s and leg.ports is not None:
                leg.owner = self
            else:
                self._close(leg)
        if linger_s:
            self.stop()
            self._timer = self._reactor.callLater(linger_s, self._give_up)

    def claim(self, owner: object, names: Sequence[str], linger_s: float, last: bool) -> list[Leg]:
        """The orphans of these names, now the owner's; nobody else will come for the others after the `last` claim."""
        self._linger_s[owner] = linger_s
        wanted = set(names)
        claimed = [leg for leg in self._legs.owned_by(self) if leg.name in wanted]
        for leg in claimed:
            leg.owner = owner
        if last:
            self.stop()
            self._give_up()
        return claimed

    def stop(self) -> None:
        """Nobody is waited for."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _give_up(self) -> None:
        for leg in self._legs.owned_by(self):
            self._close(leg)
