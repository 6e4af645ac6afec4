"""The media plane as the switchboard sees it: its workers, all legs of a call on one of them, commands that never raise."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from media.plane.client import MediaClient, MediaError, Opened
from media.plane.events import MediaEvent, RecordDone
from softswitch.adapters.media_claims import Claims, Found
from softswitch.adapters.media_rooms import RoomHomes
from softswitch.adapters.media_ties import Ties
from softswitch.adapters.media_worker import MediaWorker
from softswitch.calls.effects import JoinRoom, LeaveRoom

BUSY_PERCENT_MAX = 75.0

Family = Literal[4, 6]


class MediaPlane:
    """`on_event` gets every event; `on_lost` gets the legs that were lost, once each time a worker dies.

    `families` are those that the node has media addresses of, the preferred first.
    """

    _log = Logger(namespace="softswitch.media")

    def __init__(
        self,
        reactor: Any,
        paths: Sequence[Path],
        families: Sequence[Family],
        on_event: Callable[[MediaEvent], None],
        on_lost: Callable[[Collection[str]], None],
    ) -> None:
        self._reactor, self._families = reactor, families
        self._on_event, self._on_lost = on_event, on_lost
        self._ties = Ties(families[0])
        self._homes: dict[str, MediaWorker] = {}  # of legs and recordings
        self._rooms: RoomHomes[MediaWorker] = RoomHomes()
        self.workers = [MediaWorker(reactor, path, self._heard, self._lost) for path in paths]

    @property
    def ready(self) -> bool:
        """A worker is connected and has room: calls can be admitted."""
        return any(_has_room(worker) for worker in self.workers)

    def claim(self, legs: Collection[str], done: Callable[[Mapping[str, Opened]], None]) -> None:
        """Before the start: take over legs that the last run left. `done` gets where those listen that are still there."""

        def found(legs: Found) -> None:
            for leg, (worker, _) in legs.items():
                self._homes[leg] = worker
                worker.legs.add(leg)
            done({leg: where for leg, (_, where) in legs.items()})

        Claims(self._reactor, self.workers, legs, found)

    def goes_on(self, leg: str, token: str) -> None:
        """A recording of a leg that was taken over: `ask` finds it by its token, too."""
        self._homes[token] = self._homes[leg]

    def start(self) -> None:
        """Connect to every worker, and go on trying until it works."""
        for worker in self.workers:
            worker.start()

    def stop(self) -> None:
        """Leave for good."""
        for worker in self.workers:
            worker.stop()

    def open(
        self,
        leg: str,
        beside: Iterable[str],
        family: Family,
        done: Callable[[Opened], None],
        failed: Callable[[str], None],
        urgent: bool = False,
        at_once: bool = True,
    ) -> Opened | None:
        """Open a leg: where the others of its call are, `beside` it, else where it is least busy. As `ask` answers; or returns
        at once where the leg listens, on a port that was kept for it: then only `failed` can follow.

        urgent: of an emergency call, which has its port however busy all are, as has a call that is there already.
        at_once: False: it is told when the leg is open, also on a port that was kept.
        """
        here = next((self._homes[one] for one in beside if one in self._homes), None)
        worker, urgent = here or self._least_busy(), urgent or here is not None
        if worker is not None:
            self._homes[leg] = worker
            worker.legs.add(leg)
        spoken = family if family in self._families else self._families[0]
        spare = worker.spare if worker is not None and (urgent or _has_room(worker)) else None
        kept = None if spare is None else spare.take(spoken)
        if kept is None:
            self.ask("open", leg, lambda m: m.open(leg, spoken, urgent), done, failed)
            return None
        self.ask("open", leg, lambda m: m.open(leg, spoken, True, kept.port), None if at_once else done, failed)
        return kept if at_once else None

    def _least_busy(self) -> MediaWorker | None:
        """Whole steps of busy, then legs: figures of a second ago do not send all new calls to one place."""
        found = [worker for worker in self.workers if _has_room(worker)]
        found = found or [worker for worker in self.workers if worker.client is not None]
        return min(found, key=lambda worker: (worker.busy_percent // 10, len(worker.legs)), default=None)

    def record(
        self,
        leg: str,
        token: str,
        command: Callable[[MediaClient], Deferred[None]],
        failed: Callable[[str], None],
    ) -> None:
        """Start a recording, which `ask` finds by its token from then on."""
        if leg in self._homes:
            self._homes[token] = self._homes[leg]
        self.ask("record", leg, command, failed=failed)

    def bridge(self, a: str, b: str) -> None:
        """Each leg hears the other, on whichever workers they are: a transfer may join calls of two."""
        self._ties.cut(a)
        self._ties.cut(b)
        of_a, of_b = self._homes.get(a), self._homes.get(b)
        if of_a is None or of_b is None or of_a is of_b or of_b.client is None:
            self.ask("bridge", a, lambda m: m.bridge(a, b))
        else:
            at_b = of_b.client
            self.ask("bridge", a, lambda m: self._ties.tie(a, m, b, at_b))

    def unbridge(self, leg: str) -> None:
        """Both legs of this leg's bridge hear nothing again."""
        self.ask("unbridge", leg, lambda m: m.unbridge(leg))
        self._ties.cut(leg)

    def seat(self, wanted: JoinRoom | LeaveRoom) -> None:
        """Seat a leg in a room, or let it get up. The room is where its first member is; others come by a tie."""
        leg, home = wanted.leg, self._homes.get(wanted.leg)
        if isinstance(wanted, LeaveRoom) or home is None:
            self._rooms.leave(leg)
            self.ask("leave", leg, lambda m: m.leave(leg))
            self._ties.cut(leg)
            return
        room, muted, to = wanted.room, wanted.muted, wanted.to
        place = self._rooms.join(leg, room, home)
        at_room = place.client
        if place is home or at_room is None:
            self.ask("join", leg, lambda m: m.join(leg, room, muted, whisper_to=to))
            return
        self._ties.cut(leg)
        self.ask("join", leg, lambda m: self._ties.seat(leg, m, at_room, room, muted))

    def close(self, leg: str, done: Callable[[Any], None]) -> None:
        """End a leg; `done` gets what it saw, None when its worker is gone."""
        self._ties.cut(leg)
        self._rooms.leave(leg)
        self.ask("close", leg, lambda m: m.close(leg), done, lambda _: done(None))
        self._forget(leg)

    def ask(
        self,
        what: str,
        of: str,
        command: Callable[[MediaClient], Deferred[Any]],
        done: Callable[[Any], None] | None = None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Send a command `of` a leg or a recording to its worker; exactly one of `done(result)` and `failed(text)` follows.

        Failures are logged by name.
        """
        home = self._homes.get(of)
        if home is None or home.client is None:
            if failed is not None:
                self._reactor.callLater(0, failed, "no media worker")
            return
        asked = command(home.client)
        asked.addCallbacks(done or _content, self._refused, errbackArgs=(what, failed))
        asked.addErrback(self._broke, what)

    def _refused(self, failure: Failure, what: str, failed: Callable[[str], None] | None) -> None:
        failure.trap(MediaError)
        self._log.warn("{what}: {text}", what=what, text=failure.getErrorMessage())
        if failed is not None:
            failed(failure.getErrorMessage())

    def _broke(self, failure: Failure, what: str) -> None:
        self._log.failure("{what} failed", failure, what=what)

    def _heard(self, event: MediaEvent) -> None:
        if isinstance(event, RecordDone):
            self._homes.pop(event.token, None)
        self._on_event(event)

    def _forget(self, leg: str) -> None:
        home = self._homes.pop(leg, None)
        if home is not None:
            home.legs.discard(leg)

    def _lost(self, worker: MediaWorker) -> None:
        lost, worker.legs = frozenset(worker.legs), set()
        for leg in lost:
            self._ties.cut(leg)
            self._rooms.leave(leg)
        self._homes = {name: home for name, home in self._homes.items() if home is not worker}
        self._on_lost(lost)

    def status(self) -> list[dict[str, Any]]:
        """The workers, for people."""
        return [
            {
                "name": one.name,
                "ready": one.client is not None,
                "legs": len(one.legs),
                "ports": dict(one.ports),
                "busy_percent": one.busy_percent,
                "losses": one.losses,
                "dropped": dict(one.dropped),
            }
            for one in self.workers
        ]


def _content(result: object) -> None:
    """Nobody waits for that command."""


def _has_room(worker: MediaWorker) -> bool:
    return worker.client is not None and worker.busy_percent < BUSY_PERCENT_MAX
