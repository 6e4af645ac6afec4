"""A machine that stood still for a minute: whose packets wait in their sockets is not silent, he is only not heard yet."""

from __future__ import annotations

import mmap

from media.plane import records
from media.plane.commands import Remote
from media.plane.loop import CompiledEngine
from media.plane.records import Handle, Kind
from media.rtp import packet
from media.rtp.packet import Packet
from tests.media.lab import MS, START_NS, Side, bound

LEGS = 300  # more packets than the loop takes at once
SILENT_MS, STOOD_STILL_MS, SOON_MS = 10_000, 60_000, 60


class Room:
    """Legs whose far end is one phone, on time by hand."""

    def __init__(self) -> None:
        self.side = Side(CompiledEngine(LEGS, mmap.mmap(-1, 4096)))
        self.phone = bound()
        self.now_ns, self.said = START_NS, 0
        host, port = self.phone.getsockname()
        for leg in range(LEGS):
            self.side.open(Handle(leg, 1), attendant=False)
            self.side.engine.post(
                records.set_remote(Handle(leg, 1), Remote(host, port, "PCMU", 0, 101, 20, "strict", host))
            )
            self.side.engine.post(records.rx_timeout(Handle(leg, 1), SILENT_MS))
            self.turn()

    def say(self) -> None:
        self.said += 1
        for leg, sock in self.side.sockets.items():
            said = Packet(0, self.said, 160 * self.said, leg, bytes(160))
            self.phone.sendto(packet.build(said), sock.getsockname())

    def turn(self, ms: int = 0) -> int:
        """How many were told silent."""
        self.now_ns += ms * MS
        self.side.engine.turn(self.now_ns)
        return sum(int(event["kind"]) == Kind.RX_TIMEOUT for event in self.side.engine.drain())

    def close(self) -> None:
        self.side.close()
        self.phone.close()


def test_whose_packets_wait_after_a_standstill_is_not_silent_and_who_says_nothing_is() -> None:
    room = Room()
    room.say()
    for _ in range(4):
        room.turn(1)
    assert LEGS == room.side.rx_packets()
    room.say()
    told = room.turn(STOOD_STILL_MS)
    for _ in range(4):
        told += room.turn(SOON_MS)
    assert (0, 2 * LEGS) == (told, room.side.rx_packets())
    told = room.turn(STOOD_STILL_MS) + room.turn(SOON_MS)
    room.close()
    assert LEGS == told
