"""What lies behind other processes, for a switch without them: media, bus and configuration; and a reactor of virtual time."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.testing import MemoryReactorClock

from configdb.bus import checked
from configdb.errors import Refused
from configdb.log import Change
from configdb.snapshot import Directory
from media.plane.client import Opened
from media.plane.events import PlayDone, RecordDone
from softswitch.adapters.strain import StrainGauge
from tests.softswitch.stream_peers import SIP_HOST

EPOCH = 1_800_000_000.0
"""When the virtual clock began, for rows of kept state."""
PLAY_S = 1.0
"""How long every prompt is."""


class FakeMedia:
    """A media plane whose worker does at once what it is asked, and never hears anybody."""

    ready = True

    def __init__(
        self,
        reactor: Any,
        paths: Sequence[Path],
        families: Sequence[int],
        on_event: Callable[[Any], None],
        on_lost: Callable[[Any], None],
    ) -> None:
        self._reactor, self._on_event = reactor, on_event
        self._ports = 20_000
        self.urgent: set[str] = set()
        self.recordings: list[str] = []
        self._records: dict[str, tuple[str, str]] = {}

    def claim(self, legs: list[str], done: Callable[[dict[str, Opened]], None]) -> None:
        """A worker that died with the switch has no legs."""
        done({})

    def start(self) -> None:
        """There is no worker to wait for."""

    def stop(self, leg: str | None = None) -> None:
        """Nor one to leave; what plays to a leg goes on."""

    def ask(self, what: str, of: str, command: Any, done: Any = None, failed: Any = None) -> None:
        """The answer follows in the next turn."""
        answer = command(Commands(self))
        if done is not None:
            self._reactor.callLater(0, done, answer)

    def open(
        self, leg: str, beside: Any, family: int, done: Any, failed: Any, urgent: bool = False, at_once: bool = True
    ) -> Opened | None:
        """Three of four that may have a port at once do."""
        self.urgent |= {leg} if urgent else set()
        if at_once and self._ports % 8:
            return self.opened(leg)
        self.ask("open", leg, lambda m: m.opened(leg), done, failed)
        return None

    def opened(self, leg: str) -> Opened:
        self._ports += 2
        return Opened("127.0.0.1", self._ports)

    def close(self, leg: str, done: Any) -> None:
        self.ask("close", leg, lambda m: m.closed(leg), done)

    def closed(self, leg: str) -> None:
        return None

    def status(self) -> list[dict[str, Any]]:
        return []

    def play(self, leg: str, token: str, sounds: list[str], loop: bool, stop_on_key: bool) -> None:
        if not loop:
            self._reactor.callLater(PLAY_S, self._on_event, PlayDone(leg, token, "end"))

    def record(self, leg: str, token: str, command: Any, failed: Any) -> None:
        self.ask("record", leg, command, failed=failed)

    def recorded(self, leg: str, token: str, path: str, *options: Any) -> None:
        self.recordings.append(path)
        self._records[token] = leg, path

    def stop_record(self, token: str) -> None:
        leg, path = self._records.pop(token)
        self._reactor.callLater(0, self._on_event, RecordDone(leg, token, path, 1.0, "stopped"))

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


class Commands:
    """The commands of one worker: those that the plane has by the same name are another thing there."""

    def __init__(self, media: FakeMedia) -> None:
        self._media = media

    def __getattr__(self, name: str) -> Any:
        return getattr(self._media, {"record": "recorded"}.get(name, name))


class Calm(StrainGauge):
    """Never under strain: a virtual clock has no processor time."""

    def start(self) -> None:
        """Measures nothing."""


class Bus:
    """A bus that keeps what is published, as it goes over the wire."""

    def __init__(self) -> None:
        self.published: list[tuple[str, bytes]] = []
        self._heard: list[tuple[str, Any]] = []

    def publish(self, subject: str, document: Any) -> bool:
        self.published.append((subject, checked(subject, document)))
        for pattern, callback in self._heard:
            if fnmatch(subject, pattern):
                callback(subject, document)
        return True

    def subscribe(self, pattern: str, callback: Any) -> Bus:
        """Hear what is published from now on."""
        self._heard.append((pattern, callback))
        return self

    def close(self) -> None:
        """Nobody listens."""


class Troubles(logging.Handler):
    """Keeps the exceptions that were logged."""

    def __init__(self, troubles: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._troubles = troubles

    def emit(self, record: logging.LogRecord) -> None:
        self._troubles.append(self.format(record))


class Config:
    """A configuration that is what it was given."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.refuses: str | None = None
        self._changes: list[Change] = []

    def transact(self, tenant: str, changes: Sequence[Change], actor: str, reason: str) -> None:
        """Keeps what is to be changed, or refuses it."""
        if self.refuses is not None:
            raise Refused("refused", self.refuses)
        self._changes += changes

    def taken(self) -> list[Change]:
        """The changes since the last look."""
        changes, self._changes = self._changes, []
        return changes

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


class Nothing:
    """A link, a log, a bus: takes everything."""

    def __init__(self, *_: Any, **__: Any) -> None:
        """Whatever it is."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


class Unanswered:
    """Questions that no node answers."""

    def __init__(self, link: object, shard: str = "main") -> None:
        """Over no link."""

    def ask(self, *_: object) -> list[bytes]:
        return []


class Datagrams:
    """A UDP socket of memory: keeps what is sent."""

    receive_buffer_bytes = 1 << 30

    def __init__(self, reactor: Reactor, host: str, port: int, on_datagram: Any, on_unreachable: Any) -> None:
        self.local_port, self.arrived = port, on_datagram
        self.sent: list[tuple[bytes, tuple[str, int]]] = []
        self.on_sent: Callable[[bytes, tuple[str, int]], object] = lambda data, address: self.sent.append(
            (data, address)
        )
        reactor.udp[port] = self

    def send(self, data: bytes, address: tuple[str, int]) -> None:
        self.on_sent(data, address)

    def close(self) -> None:
        """It is no socket."""


class Listening:
    """A listening socket of memory, whose number is its port."""

    family = 2

    def __init__(self, kind: object, host: str, port: int) -> None:
        self._port = port

    def __enter__(self) -> Listening:
        return self

    def __exit__(self, *_: object) -> None:
        """Twisted has its own copy."""

    def fileno(self) -> int:
        return self._port

    def listen(self, backlog: int) -> None:
        """Memory needs no queue."""

    def getHost(self) -> IPv4Address:
        return IPv4Address("TCP", SIP_HOST, self._port)

    def stopListening(self) -> None:
        """Nobody comes any more."""


class Reactor(MemoryReactorClock):  # type: ignore[misc]  # Twisted's is untyped
    """Twisted's reactor of memory, with sockets of memory."""

    def __init__(self) -> None:
        super().__init__()
        self.udp: dict[int, Datagrams] = {}
        self.accept: dict[int, Any] = {}
        self._from_threads: deque[Callable[[], None]] = deque()

    def callFromThread(self, call: Callable[..., None], *arguments: Any) -> None:
        self._from_threads.append(partial(call, *arguments))

    def advance(self, seconds: float) -> None:
        """Time passes; what other threads want is done first, for they may touch no timers."""
        while self._from_threads:
            self.callLater(0, self._from_threads.popleft())
        super().advance(seconds)

    def adoptStreamPort(self, fileDescriptor: int, addressFamily: int, factory: Any) -> Any:
        self.accept[fileDescriptor] = factory
        return Listening(None, SIP_HOST, fileDescriptor)
