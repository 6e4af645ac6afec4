"""Ports that a media worker keeps for legs to come, so that a leg has its address at once and its INVITE waits for no worker."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Literal

from twisted.python.failure import Failure

from media.plane.client import MediaClient, MediaError, Opened

KEPT_MAX = 32
"""Of each family in use; more are asked for when half of them are left."""

Family = Literal[4, 6]


class SparePorts:
    """Of one worker, for as long as it is connected. None are kept of a family that no leg has asked for."""

    def __init__(self, client: MediaClient) -> None:
        self._client = client
        self._spare: dict[Family, deque[Opened]] = {}
        self._asked: set[Family] = set()
        self._dry: set[Family] = set()

    def take(self, family: Family) -> Opened | None:
        """Where the next leg will listen: it has to be opened there. None: it has to be asked for."""
        spare = self._spare.setdefault(family, deque())
        found = spare.popleft() if spare else None
        self._refill(family, [] if found is None else [found.port])
        return found

    def look(self) -> None:
        """Now and then: a worker that could not keep any may be able to now."""
        dry, self._dry = self._dry, set()
        self._asked -= dry
        for family in dry:
            self._refill(family)

    def _refill(self, family: Family, taken: Sequence[int] = ()) -> None:
        """taken: where a leg is opened after this."""
        left = [one.port for one in self._spare[family]]
        if len(left) * 2 <= KEPT_MAX and family not in self._asked:
            self._asked.add(family)
            more = self._client.keep(family, KEPT_MAX - len(left), [*taken, *left])
            more.addErrback(_refused).addCallback(self._came, family)

    def _came(self, found: list[Opened], family: Family) -> None:
        self._spare[family].extend(found)
        if found:
            self._asked.discard(family)
        else:
            self._dry.add(family)


def _refused(failure: Failure) -> list[Opened]:
    """Legs ask for their ports one by one meanwhile."""
    failure.trap(MediaError)
    return []
