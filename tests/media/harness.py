"""Test tools: phones that speak RTP over real loopback sockets, and an engine with its legs."""

from __future__ import annotations

import itertools
import mmap
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from media.plane import records
from media.plane.commands import Remote
from media.plane.engine import Engine, deliver
from media.plane.engine_numpy import NumpyEngine
from media.plane.loop import CompiledEngine
from media.plane.records import Handle, Kind
from media.rtp import packet
from media.rtp.packet import Packet

ARENA_BYTES = 1 << 20
WAIT_S = 5.0


def eventually(probe: Callable[[], Any], what: str, limit_s: float = WAIT_S) -> Any:
    """The first true value of `probe`, or a failure that says what was waited for."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        value = probe()
        if value:
            return value
        time.sleep(0.005)
    raise AssertionError(f"no {what} within {limit_s} s")


def family_of(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


class Phone:
    """One RTP endpoint: sends what it is told, keeps everything it hears with the kernel's time stamp (seconds)."""

    def __init__(self, host: str = "127.0.0.1", ssrc: int = 0xABCD0001) -> None:
        self.sock = socket.socket(family_of(host), socket.SOCK_DGRAM)
        self.sock.bind((host, 0))
        self.sock.setsockopt(socket.SOL_SOCKET, 35, 1)  # SO_TIMESTAMPNS
        self.sock.settimeout(0.2)
        self.host, self.port = self.sock.getsockname()[:2]
        self.ssrc = ssrc
        self.sequence, self.timestamp = 1000, 50_000
        self.heard: list[tuple[float, bytes]] = []
        self._open = True
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while self._open:
            try:
                data, control, _, _ = self.sock.recvmsg(2048, 64)
            except OSError:
                continue
            seconds, nanoseconds = struct.unpack("qq", control[0][2][:16])
            self.heard.append((seconds + nanoseconds / 1e9, data))

    def leave(self) -> None:
        """Stop listening soon; `close` waits for it."""
        self._open = False
        self.sock.sendto(b"", (self.host, self.port))

    def close(self) -> None:
        self.leave()
        self._thread.join()
        self.sock.close()

    def raw(self, data: bytes, port: int) -> None:
        self.sock.sendto(data, ("::1" if ":" in self.host else "127.0.0.1", port))

    def say(self, payload: bytes, port: int, payload_type: int = 0, marker: bool = False, samples: int = 160) -> None:
        """The next packet of this phone's stream."""
        stream = self.sequence & 0xFFFF, self.timestamp & 0xFFFFFFFF, self.ssrc
        self.raw(packet.build(Packet(payload_type, *stream, payload, marker)), port)
        self.sequence = (self.sequence + 1) & 0xFFFF
        self.timestamp = (self.timestamp + samples) & 0xFFFFFFFF

    def press(self, event: int, port: int, steps: str = "M....EEE", payload_type: int = 101) -> None:
        """One key as RFC 4733 packets: M = first with marker, . = update, E = end, - = lost on the way."""
        duration = 0
        for step in steps:
            duration = min(800, duration + 160)
            payload = bytes([event, 0x8A if step == "E" else 0x0A]) + duration.to_bytes(2, "big")
            if step == "-":
                self.sequence = (self.sequence + 1) & 0xFFFF
            else:
                self.say(payload, port, payload_type, marker=step == "M", samples=0)
        self.timestamp = (self.timestamp + 1600) & 0xFFFFFFFF

    def packets(self) -> list[Packet]:
        parsed = [packet.parse(data) for _, data in list(self.heard)]
        return [p for p in parsed if p is not None]

    def wait_for(self, count: int) -> list[Packet]:
        """At least `count` packets."""
        eventually(lambda: len(self.heard) >= count, f"{count} packets at the phone")
        return self.packets()


class Rig:
    """A running engine, its arena, and legs each with a phone."""

    def __init__(self, kind: str, legs: int = 64) -> None:
        self.arena = mmap.mmap(-1, ARENA_BYTES)
        self.arena_bytes = np.frombuffer(self.arena, np.uint8)
        made: Engine = CompiledEngine(legs, self.arena) if kind == "c" else NumpyEngine(legs, self.arena)
        self.engine = made
        self.engine.start()
        self.sockets: dict[int, socket.socket] = {}
        self.events: list[Any] = []
        self.phones: list[Phone] = []

    def close(self) -> None:
        self.engine.stop()
        for one in self.phones:
            one.leave()
        for one in self.phones:
            one.close()
        for sock in self.sockets.values():
            sock.close()

    def phone(self, host: str = "127.0.0.1", ssrc: int = 0xABCD0001) -> Phone:
        self.phones.append(Phone(host, ssrc))
        return self.phones[-1]

    def post(self, *commands: bytes) -> None:
        for command in commands:
            deliver(self.engine, command)

    def settled(self) -> None:
        """Every command posted so far has been carried out."""
        posted = self._posted()
        eventually(lambda: int(self.engine.counters[0]["commands"]) >= posted, "commands carried out")

    def _posted(self) -> int:
        before = int(self.engine.counters[0]["commands"])
        self.post(records.stop(Handle(records.NO_LEG - 1, 0)))  # to a leg that is not: does nothing, but is counted
        eventually(lambda: int(self.engine.counters[0]["commands"]) > before, "commands carried out")
        return before + 1

    def leg(self, index: int, remote: Remote | None = None, host: str = "127.0.0.1") -> tuple[Handle, int]:
        """An open leg and its RTP port."""
        sock = socket.socket(family_of(host), socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.bind((host, 0))
        self.sockets[index] = sock
        handle = Handle(index, 1)
        self.post(records.open_leg(handle, sock.fileno(), 0x5000 + index, 65530, 2**32 - 1000))
        if remote is not None:
            self.post(records.set_remote(handle, remote))
        self.settled()
        return handle, sock.getsockname()[1]

    def call(
        self, index: int, codec: str = "PCMU", host: str = "127.0.0.1", **changes: Any
    ) -> tuple[Handle, int, Phone]:
        """A leg with a phone at its far end."""
        phone = self.phone(host, ssrc=0xABCD0000 + index)
        handle, port = self.leg(index, remote_of(phone, codec, **changes), host)
        return handle, port, phone

    def seen(self, kind: Kind) -> list[Any]:
        """All events of a kind so far."""
        self.events += list(self.engine.drain())
        return [event for event in self.events if event["kind"] == kind]

    def wait_event(self, kind: Kind, count: int = 1) -> list[Any]:
        eventually(lambda: len(self.seen(kind)) >= count, f"{count} events {kind.name}")
        return self.seen(kind)


def remote_of(phone: Phone, codec: str = "PCMU", **changes: Any) -> Remote:
    fields: dict[str, Any] = {
        "address": phone.host,
        "port": phone.port,
        "codec": codec,
        "payload_type": 0 if codec == "PCMU" else 8,
        "dtmf_payload_type": 101,
        "ptime_ms": 20,
        "latch": "strict",
        "signalling_address": phone.host,
    }
    return Remote(**{**fields, **changes})


def noise(seed: int, size: int = 160) -> bytes:
    return np.random.default_rng(seed).integers(0, 256, size, dtype=np.uint8).tobytes()


def is_continuous(packets: list[Packet]) -> bool:
    """One SSRC, sequence numbers without a hole, timestamps that only go forward (equal within a key press)."""
    pairs = list(itertools.pairwise(packets))
    one_ssrc = len({p.ssrc for p in packets}) == 1
    in_step = all((b.sequence - a.sequence) & 0xFFFF == 1 for a, b in pairs)
    forward = all((b.timestamp - a.timestamp) & 0xFFFFFFFF < 2**31 for a, b in pairs)
    return one_ssrc and in_step and forward
