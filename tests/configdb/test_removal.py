"""Real servers of two nodes that have joined: each takes the other by its key, and nobody who was removed."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from nats.aio.msg import Msg

from configdb import authority, joining, membership, nats_server
from configdb.joining import Token
from configdb.membership import Membership
from configdb.nats_link import NatsLink
from configdb.nats_rights import OPERATOR
from configdb.node import NodeSettings
from tests.configdb.conftest import eventually, free_port

TOKEN = Token("127.0.0.1:6223", "f" * 64, "s" * 64, 1000.0)


class Node:
    """The NATS server of a node that has joined."""

    def __init__(self, data: Path) -> None:
        self.data, self._port = data, free_port()
        with open(data / "log", "wb") as log:
            self._process = subprocess.Popen(self._command(), stdout=log, stderr=log)
        self.link = NatsLink([f"nats://127.0.0.1:{self._port}"], OPERATOR, nats_server.password(data))
        self.heard: list[str] = []
        self.link.subscribe("said", self._hear)

    def _command(self) -> list[str]:
        known = membership.read(self.data)
        assert known is not None
        return nats_server.command(self.data, self._port, NodeSettings(name=known.name))

    async def _hear(self, message: Msg) -> None:
        self.heard.append(message.data.decode())

    def reload(self) -> None:
        """As the supervisor does when the file of members is another one."""
        self._command()
        self._process.send_signal(signal.SIGHUP)

    def hears(self, other: Node) -> bool:
        """Whether what the other says now comes here."""
        self.heard.clear()
        other.link.post("said", b"hello")
        other.link.ask(other.link.client.flush(), 5)
        return bool(self.heard)

    def refused(self) -> int:
        """How many connections of other servers were ended because of their key."""
        return (self.data / "log").read_text().count("TLS Handshake Failure")

    def close(self) -> None:
        self.link.close()
        self._process.kill()
        self._process.wait()


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[tuple[Node, Node]]:
    first, second = tmp_path / "first", tmp_path / "second"
    authority.ensure(first)
    at = [f"127.0.0.1:{free_port()}" for _ in range(2)]
    authority.certify(first, "node-1", "127.0.0.1")
    key, request = authority.request()
    asked = {"secret": TOKEN.secret, "listen": at[1], "request": request}
    answer = joining.admit(first, Membership("node-1", at[0]), TOKEN, asked, 0.0)
    joining.settle(second, at[1], key, answer)
    made = Node(first), Node(second)
    yield made
    for node in made:
        node.close()


def test_who_is_removed_is_cut_off_and_stays_so(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    assert "pinned_certs" in (first.data / "nats" / "server.conf").read_text()
    eventually(lambda: first.hears(second), 30)
    known = membership.read(first.data)
    assert known is not None
    membership.write(first.data, membership.without(known, "node-2"))
    first.reload()
    eventually(lambda: not first.hears(second), 30)
    own = membership.read(second.data)
    assert own is not None
    pair = membership.certificate(second.data)
    pair.certificate.unlink()
    authority.certify(
        second.data, "node-2", "127.0.0.1"
    )  # who was removed has the authority's key, and signs a new one
    second.reload()
    before = first.refused()
    eventually(lambda: first.refused() > before, 30)
    assert not first.hears(second)
