"""What begins at once is spread: the sockets of locked sources, so many a millisecond; commands, so many a turn."""

from __future__ import annotations

import mmap
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

from media.plane import records
from media.plane.commands import Remote
from media.plane.loop import CompiledEngine
from media.plane.records import Handle
from media.rtp import packet
from media.rtp.packet import Packet
from tests.media.lab import MS, START_NS, Side, bound, waiting

LEGS = 32
LINES_PER_MS_MAX, COMMANDS_PER_TURN_MAX = 4, 64
ROUNDS_BESIDE_FLOOD, SAID_MAX, AFTERWARDS = 20, 20_000, 50


def far_end(host: str, port: int) -> Remote:
    return Remote(host, port, "PCMU", 0, 101, 20, "strict", host)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


class Morning:
    """A loop driven by hand with legs in pairs, whose far ends all begin to speak at once."""

    def __init__(self, legs: int) -> None:
        self.side = Side(CompiledEngine(legs, mmap.mmap(-1, 4096)))
        self.phones = [bound() for _ in range(legs)]
        self.now_ns = START_NS
        for n, phone in enumerate(self.phones):
            self.side.open(Handle(n, 1), attendant=False)
            self.side.engine.post(records.set_remote(Handle(n, 1), far_end(*phone.getsockname())))
        for n in range(0, legs, 2):
            self.side.engine.post(records.bridge(Handle(n, 1), Handle(n + 1, 1)))

    def turn(self, ms: int = 0) -> None:
        self.now_ns += ms * MS
        self.side.engine.turn(self.now_ns)

    def say(self, sequence: int) -> None:
        for n, phone in enumerate(self.phones):
            said = Packet(0, sequence, 160 * sequence, 0x7000 + n, bytes([n + 1] * 160))
            phone.sendto(packet.build(said), self.side.sockets[n].getsockname())

    def heard(self) -> list[int]:
        """How many packets each far end was sent since it was asked last."""
        return [len(list(iter(lambda phone=phone: taken(phone), b""))) for phone in self.phones]  # type: ignore[misc]

    def close(self) -> None:
        self.side.close()
        for phone in self.phones:
            phone.close()


class Clocked(Morning):
    """Turned at the times that there are, so that the kernel's stamps mean something."""

    def turn(self, ms: int = 0) -> None:
        self.now_ns = time.monotonic_ns()
        super().turn()


def taken(phone: socket.socket) -> bytes:
    try:
        return phone.recv(2048)
    except BlockingIOError:
        return b""


@pytest.fixture
def morning() -> Iterator[Morning]:
    made = Morning(LEGS)
    for _ in range(3):
        made.turn()
    yield made
    made.close()


def test_lines_of_sources_that_lock_at_once_are_made_over_many_milliseconds(morning: Morning) -> None:
    before = descriptors()
    morning.say(1)
    for _ in range(3):
        morning.turn()
    assert before + LINES_PER_MS_MAX >= descriptors()
    made = []
    for _ in range(LEGS):
        morning.turn(1)
        made.append(descriptors() - before)
    steps = [after - earlier for earlier, after in pairwise(made)]
    assert LEGS == made[-1]
    assert max(steps) <= LINES_PER_MS_MAX


def test_not_a_packet_is_lost_while_lines_are_made(morning: Morning) -> None:
    morning.say(1)
    for n in range(2, 12):
        morning.turn()
        morning.say(n)
        morning.turn(1)
    for _ in range(8):
        morning.turn(1)
    sent = [
        10 <= count <= 11 for count in morning.heard()
    ]  # the first of a pair may come before the other's far end is known
    assert [True] * LEGS == sent


def test_a_leg_that_ends_before_its_line_is_made_gets_none(morning: Morning) -> None:
    before = descriptors()
    morning.say(1)
    morning.turn()
    for n in range(LEGS):
        morning.side.engine.post(records.close_leg(Handle(n, 1)))
    for _ in range(LEGS):
        morning.turn(1)
    assert before == descriptors()


def test_a_turn_carries_out_so_many_commands_and_the_rest_in_the_next_ones() -> None:
    morning = Morning(LEGS)
    morning.turn()
    assert COMMANDS_PER_TURN_MAX == morning.side.engine.counters[0]["commands"]
    morning.turn()
    assert 2 * LEGS + LEGS // 2 == morning.side.engine.counters[0]["commands"]
    morning.close()


def test_who_speaks_as_soon_as_it_is_known_is_heard() -> None:
    side, phone = Side(CompiledEngine(1, mmap.mmap(-1, 4096))), bound()
    side.open(Handle(0, 1), attendant=False)
    side.engine.turn(START_NS)
    side.engine.post(records.set_remote(Handle(0, 1), far_end(*phone.getsockname())))
    phone.sendto(packet.build(Packet(0, 1, 160, 7, bytes(160))), side.sockets[0].getsockname())
    assert waiting(side.sockets[0], 2000)
    side.engine.turn(START_NS)
    row = side.engine.statistics[0]
    assert [1, 0] == [int(row["rx_packets"]), int(row["foreign"])]
    side.close()
    phone.close()


FLOOD = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
ports = [int(port) for port in sys.argv[1:]]
said = bytes([128, 0]) + (2).to_bytes(2, "big") + (320).to_bytes(4, "big") + bytes(4)
for number in range(2_000_000):
    n = number % len(ports)
    s.sendto(said + (0x9000 + n).to_bytes(4, "big") + bytes(160), ("127.0.0.1", ports[n]))
"""


def test_what_strangers_send_while_a_line_is_made_is_not_taken_for_its_sources() -> None:
    for _ in range(ROUNDS_BESIDE_FLOOD):
        morning = Clocked(2)
        rows = morning.side.engine.statistics[:2]
        morning.turn()
        ports = [str(sock.getsockname()[1]) for sock in morning.side.sockets.values()]
        with subprocess.Popen([sys.executable, "-c", FLOOD, *ports]) as flood:
            while rows["foreign"].min() == 0:
                morning.turn()
            for number in range(1, SAID_MAX):
                morning.say(number)
                morning.turn()
                if rows["rx_packets"].min() > 0:
                    break
            for _ in range(AFTERWARDS):
                morning.turn()
            flood.kill()
        is_heard, changes = rows["rx_packets"].min() > 0, rows["ssrc_changes"].tolist()
        morning.close()
        assert is_heard
        assert [0, 0] == changes
