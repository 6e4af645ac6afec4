"""The UDP socket knows how long a datagram waited in it, and lets others have their turn."""

from __future__ import annotations

import socket
import struct
from typing import Any

from softswitch.transport.datagrams import Address, Datagrams, _waited_s
from softswitch.transport.limits import DATAGRAMS_A_TURN_MAX, READ_S_MAX, WAITED_S_MAX

NOW = 1_800_000_000.5
STAMP = [(socket.SOL_SOCKET, 35, struct.pack("@qq", 1_800_000_000, 250_000_000))]


class Reactor:
    """Only what the socket asks for; the test reads and moves the clock."""

    def __init__(self) -> None:
        self.now = 0.0

    def addReader(self, reader: Any) -> None:
        """The test reads."""

    removeReader = addReader

    def seconds(self) -> float:
        return self.now


class Socket:
    """A socket with datagrams in it, each of which takes `cost_s` to handle."""

    def __init__(self, datagrams: int, cost_s: float = 0.0) -> None:
        self.reactor, self.cost_s = Reactor(), cost_s
        self.got: list[tuple[bytes, float]] = []
        self.port = Datagrams(self.reactor, "127.0.0.1", 0, self._came, lambda address: None)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            for index in range(datagrams):
                peer.sendto(b"%d" % index, ("127.0.0.1", self.port.local_port))

    def _came(self, data: bytes, address: Address, waited_s: float) -> None:
        self.reactor.now += self.cost_s
        self.got.append((data, waited_s))

    def turns(self) -> list[int]:
        """How many datagrams each turn of the reactor read."""
        counts = []
        while not counts or counts[-1]:
            before = len(self.got)
            self.port.doRead()
            counts.append(len(self.got) - before)
        self.port.close()
        return counts[:-1]


def test_a_datagram_says_how_long_it_waited() -> None:
    sock = Socket(3)
    assert [3] == sock.turns()
    assert all(0 < waited_s < 10 for _, waited_s in sock.got)


def test_a_turn_reads_only_so_many_datagrams() -> None:
    assert [DATAGRAMS_A_TURN_MAX, 10] == Socket(DATAGRAMS_A_TURN_MAX + 10).turns()


def test_a_turn_ends_when_its_time_is_over() -> None:
    assert [3, 3, 1] == Socket(7, READ_S_MAX / 2.5).turns()


def test_a_wall_clock_that_was_set_makes_nothing_old() -> None:
    assert 0.25 == _waited_s(STAMP, NOW)
    assert [0.0, 0.0, 0.0] == [_waited_s(STAMP, NOW - 3600), _waited_s(STAMP, NOW + WAITED_S_MAX), _waited_s([], NOW)]
