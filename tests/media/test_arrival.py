"""When a packet came is the network's doing, whenever the loop looks for it (RFC 3550 6.4.1: jitter)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count, pairwise

import pytest

from media.rtp import packet
from media.rtp.packet import Packet
from tests.media.test_lines import LEGS, Clocked

PACKET_S, PACKET_MS = 0.02, 20.0
ROUNDS, WARM_PACKETS = 6, 3
TOLERANCE_MS = 4.0


class Talk(Clocked):
    """All speak at once, and it is known when."""

    def __init__(self) -> None:
        super().__init__(LEGS)
        self.numbers = count(1)
        self.sent_ms: list[list[float]] = [[] for _ in self.phones]

    def speak(self) -> None:
        number = next(self.numbers)
        for n, phone in enumerate(self.phones):
            said = packet.build(Packet(0, number, 160 * number, 0x7000 + n, bytes([n + 1] * 160)))
            self.sent_ms[n].append(time.monotonic_ns() / 1e6)
            phone.sendto(said, self.side.sockets[n].getsockname())

    def told_ms(self) -> list[float]:
        return [float(row["jitter_q4"]) / 16 / 8 for row in self.side.engine.statistics[:LEGS]]

    def expected_ms(self) -> list[float]:
        return [jitter_ms(times) for times in self.sent_ms]


def jitter_ms(times: list[float]) -> float:
    jitter = 0.0
    for before, after in pairwise(times):
        jitter += (abs(after - before - PACKET_MS) - jitter) / 16
    return jitter


@pytest.fixture
def talk() -> Iterator[Talk]:
    made = Talk()
    for _ in range(3):
        made.turn()
    for _ in range(WARM_PACKETS):
        made.speak()
        for _ in range(LEGS):
            made.turn()
            time.sleep(0.001)
    yield made
    made.close()


@pytest.mark.parametrize("packets_a_look", [1, 4])
def test_jitter_is_of_when_packets_came_and_not_of_when_they_were_looked_for(talk: Talk, packets_a_look: int) -> None:
    for _ in range(ROUNDS):
        for _ in range(packets_a_look):
            talk.speak()
            time.sleep(PACKET_S)
        for _ in range(packets_a_look):
            talk.turn()
    assert [(WARM_PACKETS + ROUNDS * packets_a_look)] * LEGS == talk.side.engine.statistics["rx_packets"][
        :LEGS
    ].tolist()
    assert pytest.approx(talk.expected_ms(), abs=TOLERANCE_MS) == talk.told_ms()


def test_jitter_of_packets_that_are_taken_as_they_come(talk: Talk) -> None:
    for _ in range(4 * ROUNDS):
        talk.speak()
        talk.turn()
        time.sleep(PACKET_S)
    assert pytest.approx(talk.expected_ms(), abs=TOLERANCE_MS) == talk.told_ms()
