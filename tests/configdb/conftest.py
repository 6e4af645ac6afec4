"""A real nats-server for the tests of this folder, and the twins beside it."""

from __future__ import annotations

import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from configdb import nats_server
from configdb.bus import Bus
from configdb.bus_memory import MemoryBus
from configdb.bus_nats import NatsBus
from configdb.client import ConfigClient
from configdb.log import Change, Entry, Log
from configdb.log_jetstream import JetStreamLog
from configdb.log_memory import MemoryLog
from configdb.nats_link import NatsLink
from configdb.nats_rights import OPERATOR
from configdb.node import NodeSettings
from configdb.secrets import Sealer
from tests.ports import free_port


def eventually(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait until it holds; fails when the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.005)


@dataclass
class Server:
    """A nats-server in a folder of its own, on one port for all its lives."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    links: list[NatsLink] = field(default_factory=list)
    settings: NodeSettings | None = None

    def start(self) -> None:
        """Start it; returns when it listens."""
        self.process = subprocess.Popen(
            nats_server.command(self.folder, self.port, self.settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        eventually(self._listens)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """SIGKILL."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def link(self) -> NatsLink:
        """A connection to it."""
        link = NatsLink([f"nats://127.0.0.1:{self.port}"], OPERATOR, nats_server.password(self.folder))
        self.links.append(link)
        return link

    def close(self) -> None:
        """End everything."""
        for link in self.links:
            link.close()
        if self.process is not None and self.process.poll() is None:
            self.kill()


@pytest.fixture(scope="session")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that lives as long as the tests."""
    server = Server(tmp_path_factory.mktemp("nats"), free_port())
    server.start()
    yield server
    server.close()


@pytest.fixture
def own_nats(tmp_path: Path) -> Iterator[Server]:
    """A server that a test may kill."""
    server = Server(tmp_path / "own", free_port())
    server.start()
    yield server
    server.close()


@pytest.fixture(params=["memory", "jetstream"])
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    """An empty log: the twin and the real one."""
    if request.param == "memory":
        made: Log = MemoryLog()
    else:
        made = JetStreamLog(request.getfixturevalue("nats").link(), shard=f"t{uuid.uuid4().hex[:8]}")
    yield made
    made.close()


@pytest.fixture(params=["memory", "nats"])
def buses(request: pytest.FixtureRequest) -> Iterator[tuple[Bus, Bus]]:
    """A publisher and a subscriber: one bus in one process, or two connections."""
    if request.param == "memory":
        bus = MemoryBus()
        yield bus, bus
        bus.close()
        return
    server: Server = request.getfixturevalue("nats")
    one, two = server.link(), server.link()
    one.require(5)
    two.require(5)
    ends = NatsBus(one), NatsBus(two)
    yield ends
    for end in ends:
        end.close()


@pytest.fixture
def sealer() -> Sealer:
    """A node key."""
    return Sealer(bytes(range(32)))


Connect = Callable[..., ConfigClient]


@pytest.fixture
def connect(log: Log, sealer: Sealer, tmp_path: Path) -> Iterator[Connect]:
    """Makes clients of the log, started and current, ended with the test."""
    clients: list[ConfigClient] = []

    def make(name: str = "one") -> ConfigClient:
        client = ConfigClient(tmp_path, name, log, sealer)
        client.start()
        clients.append(client)
        assert client.wait_current(10)
        return client

    yield make
    for client in clients:
        client.stop()


def entry(tenant: str = "acme", name: str = "Acme", message_id: str | None = None) -> Entry:
    """A transaction that sets the tenant's name."""
    change = Change("tenant", tenant, {"id": tenant, "name": name})
    return Entry(0, message_id or uuid.uuid4().hex, 1_800_000_000.0, "test", "because", tenant, (change,))


def person(id: str, extension: str, **more: object) -> Change:
    """A user."""
    return Change("user", id, {"id": id, "name": id.capitalize(), "extension": extension, **more})


def tenant(id: str = "acme", **more: object) -> Change:
    """A tenant."""
    return Change("tenant", id, {"id": id, "name": id.capitalize(), **more})
