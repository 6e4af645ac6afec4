"""The worker's control socket: newline-delimited JSON over a unix socket, any number of requests in flight.

A client that leaves takes its legs with it, unless it let them wait for who claims them; recordings of legs that end are
finished. A client that does not read its events is cut off.
"""

from __future__ import annotations

from typing import Any, cast

import orjson
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from media.plane import commands, events, limits
from media.plane.lines import JsonLines
from media.plane.worker import Worker


class ControlFactory(Factory):
    """The connected clients; `worker` is set before listening."""

    worker: Worker

    def __init__(self) -> None:
        self.clients: set[Control] = set()

    def buildProtocol(self, addr: IAddress | None) -> Control | None:
        if len(self.clients) >= limits.clients_max:
            return None
        return Control(self)

    def tell(self, owner: object | None, event: events.Told) -> None:
        """Send an event to the owner of its leg if it is still here, or to everybody."""
        for client in list(self.clients):
            if owner is None or client is owner:
                client.send(events.to_wire(event))


class Control(JsonLines):
    """One client."""

    _log = Logger()

    def __init__(self, factory: ControlFactory) -> None:
        super().__init__()
        self._clients = factory
        self._unsent_bytes: int | None = None

    def connectionMade(self) -> None:
        self._clients.clients.add(self)
        cast(Any, self.transport).registerProducer(self, True)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._clients.clients.discard(self)
        self._clients.worker.gone(self)

    def lineReceived(self, line: bytes) -> None:
        number: Any = None
        try:
            document = orjson.loads(line)
            if not isinstance(document, dict):
                raise ValueError("a request is an object")
            number = document.get("id")
            command = commands.parse(document)
        except commands.Refused as refused:
            self._refuse(number, refused.code, refused.text)
        except (ValueError, RecursionError) as error:
            self._refuse(number, "bad-json", str(error)[:200])
        else:
            self._do(number, command)

    def _do(self, number: Any, command: commands.Command) -> None:
        try:
            answer = self._clients.worker.do(self, command)
        except Exception:  # the boundary of one command: it is answered, and logged if it is a fault of ours
            self._failed(Failure(), number)
            return
        if isinstance(answer, Deferred):
            answer.addCallbacks(self._answer, self._failed, callbackArgs=(number,), errbackArgs=(number,))
        else:
            self._answer(answer, number)

    def lineLengthExceeded(self, line: bytes) -> None:
        self._refuse(None, "too-long", f"a request has at most {self.MAX_LENGTH} bytes")
        self.leave()

    def _answer(self, answer: dict[str, Any], number: Any) -> None:
        self.send({"re": number, "ok": True, **answer})

    def _failed(self, failure: Failure, number: Any) -> None:
        if isinstance(failure.value, commands.Refused):
            self._refuse(number, failure.value.code, failure.value.text)
            return
        self._log.failure("a media command failed", failure)
        self._refuse(number, "internal", "the media worker failed to do this; its log says why")

    def _refuse(self, number: Any, code: str, text: str) -> None:
        self.send({"re": number, "ok": False, "code": code, "text": text})

    def send(self, document: dict[str, Any]) -> int:
        if self not in self._clients.clients:
            return 0
        size_bytes = super().send(document)
        if self._unsent_bytes is not None:
            self._unsent_bytes += size_bytes
            if self._unsent_bytes > limits.outgoing_size_bytes_max:
                cast(Any, self.transport).abortConnection()
        return size_bytes

    def pauseProducing(self) -> None:
        """The client does not keep up: from now on count what waits for it."""
        self._unsent_bytes = 0

    def resumeProducing(self) -> None:
        self._unsent_bytes = None

    def stopProducing(self) -> None:
        """The connection is gone; connectionLost does the rest."""
