"""The UDP socket knows how long a datagram waited in it, and lets others have their turn."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import Any

from softswitch.transport.datagrams import Address, Datagrams, _waited_s
from softswitch.transport.limits import DATAGRAMS_A_TURN_MAX, DATAGRAMS_AHEAD_MAX, READ_S_MAX, WAITED_S_MAX

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
        """`datagrams`: so many, with their numbers."""
        self.reactor, self.cost_s = Reactor(), cost_s
        self.got: list[tuple[bytes, float]] = []
        self.on_first: Callable[[], None] = lambda: None
        self.port = Datagrams(self.reactor, "127.0.0.1", 0, self._came, lambda address: None)
        self.send(*(b"%d" % index for index in range(datagrams)))

    def send(self, *datagrams: bytes) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            for data in datagrams:
                peer.sendto(data, ("127.0.0.1", self.port.local_port))

    def _came(self, data: bytes, address: Address, waited_s: float) -> None:
        self.reactor.now += self.cost_s
        self.got.append((data, waited_s))
        if len(self.got) == 1:
            self.on_first()

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


def test_a_turn_ends_when_its_time_is_over_and_what_was_taken_out_is_done() -> None:
    ahead = DATAGRAMS_AHEAD_MAX
    assert [ahead + 2, ahead + 2, 4] == Socket(2 * ahead + 8, READ_S_MAX / 2.5).turns()


RINGS, PROGRESS = b"SIP/2.0 180 Ringing\r\n\r\n", b"SIP/2.0 183 Session Progress\r\n\r\n"
RELIABLY = b"SIP/2.0 180 Ringing\r\nRequire: 100REL\r\nRSeq: 1\r\n\r\n"


def test_that_a_phone_rings_is_heard_before_all_else_that_waits_and_all_else_in_order() -> None:
    sock = Socket(0)
    sock.send(b"INVITE a", b"BYE b", RELIABLY, PROGRESS, b"SIP/2.0 200 OK", RINGS, b"ACK c")
    sock.turns()
    expected = [PROGRESS, RINGS, b"INVITE a", b"BYE b", RELIABLY, b"SIP/2.0 200 OK", b"ACK c"]
    assert expected == [data for data, _ in sock.got]


def test_that_a_phone_rings_is_heard_though_it_came_when_others_waited_already() -> None:
    sock = Socket(4)
    sock.on_first = lambda: sock.send(RINGS)
    sock.turns()
    assert [b"0", RINGS, b"1", b"2", b"3"] == [data for data, _ in sock.got]


def test_a_flood_of_ringing_keeps_nothing_else_from_its_turn() -> None:
    sock = Socket(0)
    sock.send(b"BYE", *[RINGS] * (2 * DATAGRAMS_A_TURN_MAX))
    sock.port.doRead()
    assert (DATAGRAMS_A_TURN_MAX, b"BYE") == (len(sock.got), sock.got[-1][0])
    sock.port.close()


def test_a_wall_clock_that_was_set_makes_nothing_old() -> None:
    assert 0.25 == _waited_s(STAMP, NOW)
    assert [0.0, 0.0, 0.0] == [_waited_s(STAMP, NOW - 3600), _waited_s(STAMP, NOW + WAITED_S_MAX), _waited_s([], NOW)]
