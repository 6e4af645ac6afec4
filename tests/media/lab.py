"""Both engines side by side on virtual time: the same inputs by hand, everything that comes out compared."""

from __future__ import annotations

import mmap
import select
import socket
from functools import partial
from typing import Any

import numpy as np

from media.plane import records
from media.plane.commands import Remote
from media.plane.engine import Engine
from media.plane.engine_numpy import NumpyEngine
from media.plane.loop import CompiledEngine
from media.plane.records import Handle
from tests.media.harness import ARENA_BYTES, eventually

START_NS = 10**17  # far from the machine's own clock, so that the kernel's time stamps count for nothing
MS = 1_000_000
LEGS = 3
PHONES = 4
EVENT_FIELDS = (
    "kind",
    "code",
    "leg",
    "generation",
    "a",
    "b",
    "c",
    "d",
    "port",
)  # not when: a tick tells at its due time or now


def waiting(sock: socket.socket, ms: int) -> bool:
    """Whether a datagram waits there, or comes in time; of any descriptor, as select(2) is not."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(ms))


class Side:
    """One engine with its legs' sockets."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.sockets: dict[int, socket.socket] = {}
        self.retired: list[socket.socket] = []
        self.sent = 0

    def open(self, handle: Handle, attendant: bool) -> None:
        if handle.index in self.sockets:
            self.retired.append(self.sockets.pop(handle.index))
        if not attendant:
            self.sockets[handle.index] = bound()
        fd = -1 if attendant else self.sockets[handle.index].fileno()
        self.engine.post(records.open_leg(handle, fd, 0x5000 + handle.index, 65530, 2**32 - 1000))

    def rx_packets(self) -> int:
        """Every datagram that was taken, whatever it is."""
        return int(self.engine.counters[0]["rx_packets"])

    def tx_packets(self) -> int:
        return int(self.engine.statistics["tx_packets"].sum())

    def close(self) -> None:
        self.engine.stop()
        for sock in [*self.sockets.values(), *self.retired]:
            sock.close()


def bound() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.bind(("127.0.0.1", 0))
    return made


class Lab:
    """The compiled engine and the plain one; phones are sockets that both hear and answer."""

    def __init__(self, legs: int = LEGS, phones: int = PHONES) -> None:
        self.legs = range(legs)
        self.arena = mmap.mmap(-1, ARENA_BYTES)
        np.frombuffer(self.arena, np.uint8)[:] = np.random.default_rng(1).integers(0, 256, ARENA_BYTES, np.uint8)
        self.sides = Side(CompiledEngine(legs, self.arena)), Side(NumpyEngine(legs, self.arena))
        self.phones = [bound() for _ in range(phones)]
        self.now_ns = START_NS
        self.generations = [0] * legs
        self.events: list[list[tuple[int, ...]]] = [[], []]
        self.heard: list[list[tuple[int, int, bytes]]] = [[], []]

    def close(self) -> None:
        for side in self.sides:
            side.close()
        for phone in self.phones:
            phone.close()

    def handle(self, leg: int) -> Handle:
        return Handle(leg, self.generations[leg])

    def open(self, leg: int, attendant: bool = False) -> None:
        """A leg at this place, instead of the one that may be there."""
        if self.generations[leg]:
            self.post(records.close_leg(self.handle(leg)))
        self.generations[leg] += 1
        for side in self.sides:
            side.open(self.handle(leg), attendant)
        self.turn()

    def post(self, *commands: bytes) -> None:
        for side in self.sides:
            for command in commands:
                assert side.engine.post(command)
        self.turn()

    def say(self, phone: int, leg: int, data: bytes) -> None:
        for side in self.sides:
            if leg not in side.sockets:
                continue
            before = side.rx_packets()
            self.phones[phone].sendto(data, side.sockets[leg].getsockname())
            eventually(partial(self._took, side, before), "a datagram taken", 2.0)
        self.turn()

    def _took(self, side: Side, before: int) -> bool:
        """It came: where it waits, at the leg's socket or at one of the engine's own, is not seen from outside."""
        self._turn(side)
        return side.rx_packets() > before

    def turn(self, ms: int = 0) -> None:
        """Let time pass, then collect what both did."""
        self.now_ns += ms * MS
        for side in self.sides:
            self._turn(side)
        self._collect()

    def _turn(self, side: Side) -> None:
        before = side.tx_packets()
        side.engine.turn(self.now_ns)
        side.sent += max(0, side.tx_packets() - before)
        told = [tuple(int(event[name]) for name in EVENT_FIELDS) for event in side.engine.drain()]
        told.sort(
            key=lambda event: event[0] == records.Kind.SPEAKING
        )  # a room is mixed for whichever member is due first
        self.events[self.sides.index(side)] += told

    def _collect(self) -> None:
        ports = {s.getsockname()[1]: (n, leg) for n, side in enumerate(self.sides) for leg, s in side.sockets.items()}

        def all_here() -> bool:
            for index, phone in enumerate(self.phones):
                while waiting(phone, 0):
                    data, (_, port) = phone.recvfrom(2048)
                    if port in ports:  # else of another program of this machine, to whom had this port before
                        side, leg = ports[port]
                        self.heard[side].append((leg, index, data))
            return [side.sent for side in self.sides] == [len(heard) for heard in self.heard]

        eventually(all_here, "packets sent and heard alike", 2.0)

    def remote(self, phone: int, **changes: Any) -> Remote:
        host, port = self.phones[phone].getsockname()
        fields: dict[str, Any] = {
            "address": host,
            "port": port,
            "codec": "PCMU",
            "payload_type": 0,
            "dtmf_payload_type": 101,
            "ptime_ms": 20,
            "latch": "strict",
            "signalling_address": host,
        }
        return Remote(**{**fields, **changes})

    def compare(self) -> None:
        """What came out, leg by leg, byte by byte; the figures; the recordings."""
        for leg in self.legs:
            compiled, plain = ([h for h in heard if h[0] == leg] for heard in self.heard)
            assert plain == compiled
            compiled_events, plain_events = ([e for e in events if e[2] == leg] for events in self.events)
            assert plain_events == compiled_events
        compiled_engine, plain_engine = self.sides[0].engine, self.sides[1].engine
        for leg in self.legs:
            a, b = named(plain_engine.statistics[leg]), named(compiled_engine.statistics[leg])
            assert a == b, [(k, a[k], b[k]) for k in a if a[k] != b[k]]
            assert named(plain_engine.recordings[leg]) == named(compiled_engine.recordings[leg])
        assert (plain_engine.rings == compiled_engine.rings).all()


def named(row: Any) -> dict[str, Any]:
    """A record as a dictionary, its unused fields left out."""
    return {name: row[name].tolist() for name in row.dtype.names if name != "unused"}
