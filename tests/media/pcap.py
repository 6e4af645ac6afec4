"""Captured datagrams of UDP with their times: pcap and pcapng as tcpdump, dumpcap, SIPp and Wireshark write them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

NULL, ETHERNET, RAW, COOKED, COOKED_2 = 0, 1, 101, 113, 276
RAW_ALIASES = {12: RAW, 14: RAW, 228: RAW, 229: RAW}
IPV4, IPV6, VLANS, UDP = 0x0800, 0x86DD, (0x8100, 0x88A8), 17
SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6
_RESOLUTION, _END = 9, 0


@dataclass(frozen=True, slots=True)
class Datagram:
    """`at_ns` since the epoch, as the capturing machine saw it."""

    at_ns: int
    source_port: int
    port: int
    data: bytes


def read(path: Path) -> list[Datagram]:
    """Every whole UDP datagram, in the order of the file."""
    data = path.read_bytes()
    frames = _blocks(data) if data[:4] == SECTION.to_bytes(4, "little") else _records(data)
    found = [(at_ns, _udp(link, frame)) for at_ns, link, frame in frames]
    return [Datagram(at_ns, *udp) for at_ns, udp in found if udp is not None]


Frames = Iterator[tuple[int, int, bytes]]


def _records(data: bytes) -> Frames:
    """The classic file: a header with the byte order and the unit of time in its magic number, then records."""
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    (magic,) = struct.unpack_from(order + "I", data)
    assert magic in (0xA1B2C3D4, 0xA1B23C4D), "no capture"
    unit_ns = 1000 if magic == 0xA1B2C3D4 else 1
    link = struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF
    at = 24
    while at + 16 <= len(data):
        seconds, fraction, size, _ = struct.unpack_from(order + "IIII", data, at)
        yield seconds * 10**9 + fraction * unit_ns, link, data[at + 16 : at + 16 + size]
        at += 16 + size


def _blocks(data: bytes) -> Frames:
    """pcapng: a section tells the byte order, its interfaces their link and unit of time."""
    order, interfaces, at = "<", list[tuple[int, int]](), 0
    while at + 12 <= len(data):
        if data[at : at + 4] == SECTION.to_bytes(4, "little"):
            order = "<" if data[at + 8 : at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            interfaces = []
        kind, size = struct.unpack_from(order + "II", data, at)
        body = data[at + 8 : at + size - 4]
        if kind == INTERFACE:
            interfaces.append((struct.unpack_from(order + "H", body)[0], _per_second(order, body)))
        elif kind == PACKET:
            number, high, low, captured = struct.unpack_from(order + "IIII", body)
            link, per_second = interfaces[number]
            yield (high << 32 | low) * 10**9 // per_second, link, body[20 : 20 + captured]
        at += size


def _per_second(order: str, interface: bytes) -> int:
    """Units of time; microseconds when it is not said."""
    at = 8
    while at + 4 <= len(interface):
        code, size = struct.unpack_from(order + "HH", interface, at)
        if code == _END:
            break
        if code == _RESOLUTION:
            value = interface[at + 4]
            power: int = 2 ** (value & 0x7F) if value & 0x80 else 10**value
            return power
        at += 4 + (size + 3 & ~3)
    return 10**6


def _ethernet(frame: bytes) -> tuple[int, int]:
    at = 12
    while int.from_bytes(frame[at : at + 2], "big") in VLANS:
        at += 4
    return int.from_bytes(frame[at : at + 2], "big"), at + 2


def _bare(frame: bytes, at: int) -> tuple[int, int]:
    return (IPV6 if frame[at] >> 4 == 6 else IPV4), at


_LINKS: dict[int, Callable[[bytes], tuple[int, int]]] = {
    ETHERNET: _ethernet,
    RAW: lambda frame: _bare(frame, 0),
    NULL: lambda frame: _bare(frame, 4),
    COOKED: lambda frame: (int.from_bytes(frame[14:16], "big"), 16),
    COOKED_2: lambda frame: (int.from_bytes(frame[0:2], "big"), 20),
}
"""The kind of what a frame carries, and where that begins."""


def _udp(link: int, frame: bytes) -> tuple[int, int, bytes] | None:
    """Ports and payload; None for what is no UDP, or a fragment, or cut off."""
    kind, at = _LINKS[RAW_ALIASES.get(link, link)](frame)
    if kind == IPV4:
        fragment = int.from_bytes(frame[at + 6 : at + 8], "big") & 0x3FFF
        protocol, at = (-1 if fragment else frame[at + 9]), at + 4 * (frame[at] & 15)
    elif kind == IPV6:
        protocol, at = frame[at + 6], at + 40
    else:
        return None
    if protocol != UDP or at + 8 > len(frame):
        return None
    source, port, size = struct.unpack_from(">HHH", frame, at)
    return (source, port, frame[at + 8 : at + size]) if at + size <= len(frame) else None
