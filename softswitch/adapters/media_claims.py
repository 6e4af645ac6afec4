"""Legs that the last run of the switch left at the media workers: asked for when the workers are connected, told once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from media.plane.client import MediaError, Opened
from softswitch.adapters.media_worker import MediaWorker
from softswitch.transport.clock import stop

CLAIM_S_MAX = 4.0
"""How long workers that do not come are waited for: nobody can call meanwhile."""

Found = Mapping[str, tuple[MediaWorker, Opened]]
"""The worker that has a leg, and where the leg listens."""


class Claims:
    """One round over workers that are not started yet; `done` gets what was found, with the last answer."""

    def __init__(
        self, reactor: Any, workers: Sequence[MediaWorker], legs: Collection[str], done: Callable[[Found], None]
    ) -> None:
        self._asked, self._done = list(workers), done
        self._found: dict[str, tuple[MediaWorker, Opened]] = {}
        self._timer = reactor.callLater(CLAIM_S_MAX, self._settle)
        for worker in workers:
            worker.wanted, worker.on_claimed = tuple(legs), self._claimed

    def _claimed(self, worker: MediaWorker, found: Mapping[str, Opened]) -> None:
        if worker in self._asked:
            self._asked.remove(worker)
            self._found |= {leg: (worker, where) for leg, where in found.items()}
            if not self._asked:
                self._settle()
        elif worker.client is not None:  # too late: what was found is of no use
            for leg in found:
                worker.client.close(leg).addErrback(lambda failure: failure.trap(MediaError))

    def _settle(self) -> None:
        stop(self._timer)
        for worker in self._asked:
            worker.wanted = ()
        self._asked.clear()
        self._done(self._found)
