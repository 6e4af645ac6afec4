"""The media plane as the switchboard sees it: one worker, connected again when it died, commands that never raise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from media.plane.client import MediaClient, MediaError
from media.plane.events import MediaEvent

RETRY_S = 0.25


class MediaPlane:
    """`on_event` gets every event; `on_lost` is called once each time the worker dies."""

    _log = Logger(namespace="softswitch.media")

    def __init__(
        self, reactor: Any, path: Path, on_event: Callable[[MediaEvent], None], on_lost: Callable[[], None]
    ) -> None:
        self._reactor, self._path = reactor, path
        self._on_event, self._on_lost = on_event, on_lost
        self._client: MediaClient | None = None
        self._stopping = False

    @property
    def ready(self) -> bool:
        """A worker is connected: calls can be admitted."""
        return self._client is not None

    def start(self) -> None:
        """Connect, and go on trying until it works."""
        if not self._stopping:
            MediaClient.connect(self._reactor, self._path, self._on_event, self._lost).addCallbacks(
                self._up, self._retry
            )

    def stop(self) -> None:
        """Leave for good."""
        self._stopping = True
        if self._client is not None:
            self._client.disconnect()

    def _up(self, client: MediaClient) -> None:
        self._client = client
        self._log.info("media worker connected")

    def _retry(self, _failure: Failure) -> None:
        self._reactor.callLater(RETRY_S, self.start)

    def _lost(self, reason: str) -> None:
        self._log.error("media worker lost: {reason}", reason=reason)
        self._client = None
        self._on_lost()
        self._reactor.callLater(RETRY_S, self.start)

    def ask(
        self,
        what: str,
        command: Callable[[MediaClient], Deferred[Any]],
        done: Callable[[Any], None] | None = None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Send a command; exactly one of `done(result)` and `failed(text)` follows. Failures are logged by name."""

        def trouble(failure: Failure) -> None:
            failure.trap(MediaError)
            self._log.warn("{what}: {text}", what=what, text=failure.getErrorMessage())
            if failed is not None:
                failed(failure.getErrorMessage())

        if self._client is None:
            if failed is not None:
                self._reactor.callLater(0, failed, "no media worker")
            return
        asked = command(self._client)
        asked.addCallbacks(done or (lambda _: None), trouble)
        asked.addErrback(lambda failure: self._log.failure("{what} failed", failure, what=what))
