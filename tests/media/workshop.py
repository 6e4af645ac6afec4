"""A media worker in this process with its own reactor in a thread, its control socket, and a client that a test can wait for."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.threads import blockingCallFromThread

from media.plane.arena import Arena
from media.plane.client import MediaClient
from media.plane.commands import Remote
from media.plane.engine import Engine
from media.plane.engine_numpy import NumpyEngine
from media.plane.events import MediaEvent
from media.plane.loop import CompiledEngine
from media.plane.ports import Ports
from media.plane.server import ControlFactory
from media.plane.worker import Worker
from tests.media.harness import Phone, eventually, remote_of

T = TypeVar("T")
Event = TypeVar("Event")
PORT_PAIRS = 32


def free_ports() -> tuple[int, int]:
    """A range of ports that nobody used a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        first = min(int(probe.getsockname()[1]), 65535 - 2 * PORT_PAIRS - 1) & ~1
        return first, first + 2 * PORT_PAIRS - 1


class ReactorThread:
    """A reactor of its own, running until `stop`."""

    def __init__(self) -> None:
        self.reactor: Any = EPollReactor()
        self._thread = threading.Thread(target=self.reactor.run, args=(False,), daemon=True)
        self._thread.start()

    def call(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """The result of `work` on the reactor's thread; waits for Deferreds."""
        return blockingCallFromThread(self.reactor, work, *arguments)

    def stop(self) -> None:
        self.reactor.callFromThread(self.reactor.stop)
        self._thread.join()


class Desk:
    """One client of a worker, with everything it was told."""

    def __init__(self, thread: ReactorThread, path: Path) -> None:
        self.thread = thread
        self.told: list[MediaEvent] = []
        self.lost: list[str] = []
        self.client: MediaClient = thread.call(
            MediaClient.connect, thread.reactor, path, self.told.append, self.lost.append
        )

    def ask(self, command: Callable[[MediaClient], Deferred[T]]) -> T:
        """The answer to a request; raises its MediaError."""
        answer: T = self.thread.call(command, self.client)
        return answer

    def heard(self, kind: type[Event], count: int = 1, limit_s: float = 10.0) -> list[Event]:
        """At least `count` events of a kind."""

        def found() -> list[Event]:
            return [event for event in list(self.told) if isinstance(event, kind)]

        eventually(lambda: len(found()) >= count, f"{count} events {kind.__name__}", limit_s)
        return found()

    def call(self, leg: str, phone: Phone, codec: str = "PCMU", **changes: Any) -> int:
        """A leg with a phone at its far end; its RTP port."""
        opened = self.ask(lambda c: c.open(leg))
        self.call_on(leg, phone, codec, **changes)
        return opened.port

    def call_on(self, leg: str, phone: Phone, codec: str = "PCMU", **changes: Any) -> None:
        """A phone is at the far end of a leg that is open."""
        remote: Remote = remote_of(phone, codec, **changes)
        self.ask(lambda c: c.remote(leg, remote))

    def leave(self) -> None:
        self.thread.call(self.client.disconnect)


class Workshop:
    """A whole worker on an engine, and its first client."""

    def __init__(self, kind: str, folder: Path, pairs: int = PORT_PAIRS) -> None:
        self.folder = folder
        self.thread = ReactorThread()
        self.path = folder / "media-0.sock"
        self.dead: list[str] = []
        self.phones: list[Phone] = []
        arena = Arena(1 << 22)
        self.engine: Engine = CompiledEngine(64, arena.memory) if kind == "c" else NumpyEngine(64, arena.memory)
        control = ControlFactory()
        first, _ = free_ports()
        ports = [Ports(host, first, first + 2 * pairs - 1) for host in ("127.0.0.1", "::1")]
        reactor = self.thread.reactor
        self.worker = control.worker = Worker(reactor, self.engine, arena, ports, control.tell, self.dead.append)
        self.thread.call(self.worker.start)
        self.listening = self.thread.call(reactor.listenUNIX, str(self.path), control)
        self.desk = Desk(self.thread, self.path)

    def phone(self, ssrc: int = 0xABCD0001) -> Phone:
        self.phones.append(Phone(ssrc=ssrc))
        return self.phones[-1]

    def close(self) -> None:
        self.desk.leave()
        self.thread.call(self.listening.stopListening)
        self.thread.call(self.worker.stop)
        self.thread.stop()
        for phone in self.phones:
            phone.leave()
        for phone in self.phones:
            phone.close()
