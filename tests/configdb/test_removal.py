"""Real servers of two nodes that have joined: each takes the other by its key, and nobody who was removed."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import nats.errors
import pytest
from nats.aio.msg import Msg

from configdb import authority, joining, membership, nats_server, servers_jetstream
from configdb.joining import Token
from configdb.log_jetstream import JetStreamLog
from configdb.membership import Membership
from configdb.nats_link import NatsLink, link_of
from configdb.nats_rights import OPERATOR, SYSTEM
from configdb.node import NodeSettings
from configdb.runtime import Runtime
from tests.configdb.conftest import eventually
from tests.ports import free_port

RUNTIME = Runtime("127.0.0.1", 5060, 8080, 0, 20_000, 20_999, 0.0)
TOKEN = Token("127.0.0.1:6223", "f" * 64, "s" * 64, 1000.0)


class Node:
    """The NATS server of a node that has joined."""

    def __init__(self, data: Path) -> None:
        self.data, self._port = data, free_port()
        replace(RUNTIME, nats_port=self._port).write(data)
        with open(data / "log", "wb") as log:
            self._process = subprocess.Popen(self._command(), stdout=log, stderr=log)
        self.link = NatsLink([f"nats://127.0.0.1:{self._port}"], OPERATOR, nats_server.password(data))
        self.heard: list[str] = []
        eventually(lambda: self.link.connected)  # from then on it takes signals
        self.link.subscribe("said", self._hear)

    @property
    def settings(self) -> NodeSettings:
        return NodeSettings(name=self.known.name)

    @property
    def known(self) -> Membership:
        found = membership.read(self.data)
        assert found is not None
        return found

    def told_by(self, other: Node) -> None:
        """What the switches tell each other of the nodes they know."""
        pins = {**other.known.pins, other.known.name: authority.own_pin(other.data)}
        listens = {**other.known.others, other.known.name: other.known.listen}
        nodes = {name: (at, pins[name]) for name, at in listens.items()}
        membership.write(self.data, membership.met(self.known, nodes, other.known.removed))
        self.reload()

    def _command(self) -> list[str]:
        return nats_server.command(self.data, self._port, self.settings)

    async def _hear(self, message: Msg) -> None:
        self.heard.append(message.data.decode())

    def reload(self) -> None:
        """As the supervisor does when the file of members is another one."""
        self._command()
        self._process.send_signal(signal.SIGHUP)

    def hears(self, other: Node) -> bool:
        """Whether what the other says now comes here, in half a second."""
        self.heard.clear()
        other.link.post("said", b"hello")
        deadline = time.monotonic() + 0.5
        while not self.heard and time.monotonic() < deadline:
            time.sleep(0.01)
        return bool(self.heard)

    def refused(self) -> int:
        """How many connections of other servers were ended because of their key."""
        return (self.data / "log").read_text().count("TLS Handshake Failure")

    def close(self) -> None:
        self.link.close()
        self._process.kill()
        self._process.wait()


@dataclass
class Nodes:
    """Nodes that joined at the first one, by number."""

    folder: Path
    made: list[Node] = field(default_factory=list)

    def begin(self) -> tuple[Node, Node]:
        """Two of them."""
        first = self.folder / "node-1"
        authority.ensure(first)
        authority.certify(first, "node-1", "127.0.0.1")
        second = self._settled(first, Membership("node-1", f"127.0.0.1:{free_port()}"))
        return self._add(first), self._add(second)

    def join(self, name: str | None = None) -> Node:
        """One more; the first one learns of it at once, the others when they are told."""
        first = self.made[0]
        data = self._settled(first.data, first.known, name)
        first.reload()
        return self._add(data)

    def _settled(self, first: Path, own: Membership, name: str | None = None) -> Path:
        listen = f"127.0.0.1:{free_port()}"
        key, request = authority.request()
        asked = {"secret": TOKEN.secret, "name": name, "listen": listen, "request": request}
        answer = joining.admit(first, own, TOKEN, asked, 0.0)
        data = self.folder / str(answer["name"])
        joining.settle(data, listen, key, answer)
        return data

    def _add(self, data: Path) -> Node:
        self.made.append(Node(data))
        return self.made[-1]


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    made = Nodes(tmp_path)
    yield made
    for node in made.made:
        node.close()


def placed(log: JetStreamLog) -> set[str]:
    """The servers that have a copy of the log; none while nobody says, as in an election."""
    try:
        info = log._link.ask(log.info(), 10)
    except (TimeoutError, nats.errors.Error):
        return set()
    assert info.cluster is not None
    return {info.cluster.leader or "", *(one.name for one in info.cluster.replicas or ())}


def test_who_is_removed_is_cut_off_and_stays_so(nodes: Nodes) -> None:
    first, second = nodes.begin()
    eventually(lambda: first.hears(second), 30)
    membership.write(first.data, membership.without(first.known, "node-2"))
    first.reload()
    eventually(lambda: not first.hears(second), 30)
    membership.certificate(second.data).certificate.unlink()
    authority.certify(
        second.data, "node-2", "127.0.0.1"
    )  # who was removed has the authority's key, and signs a new one
    second.reload()
    before = first.refused()
    eventually(lambda: first.refused() > before, 30)
    assert not first.hears(second)


def test_a_third_node_is_taken_by_who_was_told_of_it(nodes: Nodes) -> None:
    (first, second), third = nodes.begin(), nodes.join()
    eventually(lambda: first.hears(third), 30)
    before = second.refused()
    eventually(lambda: second.refused() > before, 30)
    second.told_by(first)
    eventually(lambda: second.hears(third) and third.hears(second), 30)
    membership.write(first.data, membership.without(first.known, "node-3"))
    first.reload()
    second.told_by(first)
    eventually(lambda: not first.hears(third) and not second.hears(third), 30)
    eventually(lambda: second.hears(first), 30)


def test_a_server_that_who_leads_now_has_never_heard_is_not_there(nodes: Nodes) -> None:
    first, second = nodes.begin()
    third = nodes.join()
    second.told_by(first)
    third.told_by(first)

    def counted() -> dict[str, bool]:
        return servers_jetstream.counted(first.data, first.settings, 30)

    eventually(lambda: counted() == dict.fromkeys(("node-1", "node-2", "node-3"), True), 60)
    third.close()
    system = link_of(first.data, first.settings, SYSTEM)
    system.require()
    led = Msg(system.client)
    with contextlib.suppress(TimeoutError, nats.errors.Error):  # the third led: then another one does now anyway
        led = system.ask(system.client.request("$JS.API.META.LEADER.STEPDOWN", b"{}"), 5)
    assert b"error" not in led.data
    eventually(lambda: counted() == {"node-1": True, "node-2": True, "node-3": False}, 20)
    system.close()


def test_a_server_of_a_node_that_is_gone_is_counted_no_more_and_its_copy_goes_to_the_next_that_joins(
    nodes: Nodes,
) -> None:
    first, second = nodes.begin()
    third = nodes.join()
    second.told_by(first)
    third.told_by(first)

    def counted() -> dict[str, bool]:
        return servers_jetstream.counted(first.data, first.settings, 30)

    eventually(lambda: counted() == dict.fromkeys(("node-1", "node-2", "node-3"), True), 60)
    log = JetStreamLog(first.link, replicas=3)
    eventually(lambda: placed(log) == {"node-1", "node-2", "node-3"}, 60)
    third.close()
    eventually(lambda: counted()["node-3"] is False, 60)
    membership.write(first.data, membership.without(first.known, "node-3"))
    first.reload()
    second.told_by(first)
    assert servers_jetstream.forget(first.data, first.settings, "node-3", 60)
    eventually(lambda: counted() == {"node-1": True, "node-2": True}, 60)
    assert not servers_jetstream.forget(first.data, first.settings, "node-3", 60)
    fourth = nodes.join("east")
    second.told_by(first)
    fourth.told_by(first)
    eventually(lambda: placed(log) == {"node-1", "node-2", "east"}, 60)
    assert counted() == {"node-1": True, "node-2": True, "east": True}
