"""The body of a web answer, read up to a limit: a server that says too much, or stops in the middle, is hung up on."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone


class Unread(Exception):
    """Why there is no body, for people."""


def body_of(response: Any, bytes_max: int, what: str, unwanted: str | None = None) -> Deferred[bytes]:
    """The octets; fails with Unread, which calls the body `what`. To cancel hangs up; so does `unwanted`, at once."""
    body = _Body(bytes_max, what, unwanted)
    response.deliverBody(body)
    return body.read


class _Body(Protocol):
    def __init__(self, bytes_max: int, what: str, unwanted: str | None) -> None:
        self._bytes_max, self._what, self._unwanted, self._data = bytes_max, what, unwanted, bytearray()
        self.read: Deferred[bytes] = Deferred(lambda _: self._hang_up())

    def connectionMade(self) -> None:
        if self._unwanted is not None:
            self._fail(self._unwanted)

    def dataReceived(self, data: bytes) -> None:
        self._data += data
        if len(self._data) > self._bytes_max:
            self._fail(f"{self._what} is too long")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if reason.check(ResponseDone) and not self.read.called:
            self.read.callback(bytes(self._data))
        else:
            self._fail(f"{self._what} was cut off")

    def _fail(self, why: str) -> None:
        if not self.read.called:
            self.read.errback(Unread(why))
            self._hang_up()

    def _hang_up(self) -> None:
        transport: Any = self.transport
        if transport is not None:
            transport.loseConnection()
