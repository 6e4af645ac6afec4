"""One media worker as the switch sees it: connected again when it died, asked every second how busy it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from twisted.logger import Logger
from twisted.python.failure import Failure

from media.plane.client import MediaClient, MediaError, Opened
from media.plane.events import MediaEvent, Overload
from softswitch.adapters.media_ports import SparePorts
from softswitch.transport.clock import Delayed, stop

RETRY_S = 0.25
LOOK_S = 1.0
DROPPED = ("foreign", "malformed", "stale", "unauthentic", "flooded")
"""Counters of packets that a worker did not take."""

LINGER_S = 30.0
"""How long media goes on after a switch that was killed: by then another one is there, or nobody."""


class MediaWorker:
    """`on_event` gets every event; `on_lost` gets this worker each time it dies, `legs` being those it had.

    wanted: legs of the last run that it may still have; `on_claimed` is told which.
    """

    _log = Logger(namespace="softswitch.media")

    def __init__(
        self,
        reactor: Any,
        path: Path,
        on_event: Callable[[MediaEvent], None],
        on_lost: Callable[[MediaWorker], None],
    ) -> None:
        self._reactor, self._path = reactor, path
        self._on_event, self._on_lost = on_event, on_lost
        self._timer: Delayed | None = None
        self._stopping = False
        self.client: MediaClient | None = None
        self.spare: SparePorts | None = None
        self.legs: set[str] = set()
        self.busy_percent = 0.0
        self.ports: Mapping[str, int] = {}
        self.dropped: Mapping[str, int] = {}
        self.losses = 0
        self.wanted: Sequence[str] = ()
        self.on_claimed: Callable[[MediaWorker, Mapping[str, Opened]], None] = _nobody_asked

    @property
    def name(self) -> str:
        """For people."""
        return self._path.stem

    def start(self) -> None:
        """Connect, and go on trying until it works."""
        if not self._stopping:
            connecting = MediaClient.connect(self._reactor, self._path, self._heard, self._lost)
            connecting.addCallbacks(self._up, lambda _: self._again(RETRY_S, self.start))

    def stop(self) -> None:
        """Leave for good."""
        self._stopping = True
        stop(self._timer)
        if self.client is not None:
            self.client.disconnect()

    def _again(self, seconds: float, what: Callable[[], None]) -> None:
        self._timer = None if self._stopping else self._reactor.callLater(seconds, what)

    def _up(self, client: MediaClient) -> None:
        self.client, self.spare = client, SparePorts(client)
        self._log.info("media worker {name} connected", name=self.name)
        client.claim(self.wanted, LINGER_S).addCallbacks(self._claimed, self._unclaimed)
        self._look()

    def _claimed(self, found: Mapping[str, Opened]) -> None:
        self.wanted = ()
        self.on_claimed(self, found)

    def _unclaimed(self, failure: Failure) -> None:
        """It died again: what it had is lost."""
        failure.trap(MediaError)
        self._claimed({})

    def _look(self) -> None:
        self._timer = None
        if self.client is not None:
            self.client.status().addCallbacks(self._looked, self._unanswered)

    def _looked(self, status: dict[str, Any]) -> None:
        self.busy_percent, self.ports = float(status["busy_percent"]), status.get("ports", {})
        self.dropped = {name: int(status.get(name, 0)) for name in DROPPED}
        if self.spare is not None:
            self.spare.look()
        self._again(LOOK_S, self._look)

    def _unanswered(self, failure: Failure) -> None:
        failure.trap(MediaError)
        if self.client is not None:
            self._again(LOOK_S, self._look)

    def _heard(self, event: MediaEvent) -> None:
        if isinstance(event, Overload):
            self.busy_percent = event.busy_percent
        self._on_event(event)

    def _lost(self, reason: str) -> None:
        self._log.error("media worker {name} lost: {reason}", name=self.name, reason=reason)
        self.client, self.spare, self.busy_percent, self.ports, self.dropped = None, None, 0.0, {}, {}
        self.losses += 1
        stop(self._timer)
        self._on_lost(self)
        self._again(RETRY_S, self.start)


def _nobody_asked(worker: MediaWorker, found: Mapping[str, Opened]) -> None:
    """Nothing was left anywhere."""
