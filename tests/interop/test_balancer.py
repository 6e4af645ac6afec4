"""Kamailio as the installer sets it up: nodes that answer OPTIONS stay nodes, whatever happens to the calls they were given."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from softswitch.sip.message import Request, Response, make_response
from softswitch.sip.parse import parse_message
from tests.interop.kamailio import Balancer
from tests.interop.node import eventually
from tests.ports import free_ports

pytestmark = pytest.mark.interop

INVITE = """\
INVITE sip:100@127.0.0.1:{to} SIP/2.0\r
Via: SIP/2.0/UDP 127.0.0.1:{own};branch=z9hG4bK{id}\r
From: <sip:a@127.0.0.1>;tag={id}\r
To: <sip:100@127.0.0.1>\r
Call-ID: {id}@127.0.0.1\r
CSeq: 1 INVITE\r
Contact: <sip:a@127.0.0.1:{own}>\r
Max-Forwards: 70\r
Content-Length: 0\r
\r
"""


class Node:
    """Answers OPTIONS always, and INVITE with 486 while it is not `silent`."""

    def __init__(self) -> None:
        (self.port,) = free_ports(1)
        self.silent, self.asked = True, 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", self.port))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while data := self._socket.recvfrom(65536):
            message = parse_message(data[0]) if data[0] else None
            if message is None:
                return
            if isinstance(message, Request) and message.method == "OPTIONS":
                self.asked += 1
                self._socket.sendto(make_response(message, 200, None, "t").to_bytes(), data[1])
            elif isinstance(message, Request) and message.method == "INVITE" and not self.silent:
                self._socket.sendto(make_response(message, 486, None, "t").to_bytes(), data[1])

    def close(self) -> None:
        self._socket.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join(5)
        self._socket.close()


@pytest.fixture
def nodes() -> Iterator[list[Node]]:
    with ExitStack() as stack:
        made = [Node() for _ in range(2)]
        for node in made:
            stack.callback(node.close)
        yield made


def begun(caller: socket.socket, to: int, id: str) -> None:
    text = INVITE.format(to=to, own=caller.getsockname()[1], id=id)
    caller.sendto(text.encode(), ("127.0.0.1", to))


def finals(caller: socket.socket, count: int) -> dict[str, int]:
    """The status that ends each call."""
    found: dict[str, int] = {}
    deadline = time.monotonic() + 20
    while len(found) < count and time.monotonic() < deadline:
        message = parse_message(caller.recv(65536))
        if isinstance(message, Response) and message.status >= 200:
            found[message.call_id] = message.status
    return found


def test_nodes_that_leave_calls_unanswered_for_a_moment_get_the_next_ones(nodes: list[Node]) -> None:
    (port,) = free_ports(1)
    with (
        Balancer(port, [f"127.0.0.1:{node.port}" for node in nodes]),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller,
    ):
        caller.bind(("127.0.0.1", 0))
        caller.settimeout(20)
        eventually(lambda: all(node.asked > 1 for node in nodes), what="both to be asked")
        for number in range(6):
            begun(caller, port, f"unanswered{number}")
        assert {408} == set(finals(caller, 6).values())
        for node in nodes:
            node.silent = False
        for number in range(6):
            begun(caller, port, f"answered{number}")
        answered = {id: status for id, status in finals(caller, 6).items() if id.startswith("answered")}
        assert {486} == set(answered.values())
