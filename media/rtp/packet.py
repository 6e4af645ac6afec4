"""RTP packets (RFC 3550 5.1): reading what came, building what goes."""

from __future__ import annotations

import struct
from dataclasses import dataclass

HEADER_SIZE = 12
PAYLOAD_SIZE_MAX = 1460
_HEADER = struct.Struct(">BBHII")


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet. Timestamp and SSRC are 32 bits, the sequence number 16."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False


def parse(data: bytes) -> Packet | None:
    """The packet in a datagram; None when it is not RTP version 2, is RTCP (RFC 5761 4), or its lengths lie."""
    bounds = payload_bounds(data)
    if bounds is None:
        return None
    _, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    return Packet(second & 0x7F, sequence, timestamp, ssrc, data[bounds[0] : bounds[1]], bool(second >> 7))


def is_rtcp(data: bytes) -> bool:
    """RTCP among RTP (RFC 5761 4)."""
    return len(data) >= 8 and data[0] >> 6 == 2 and 192 <= data[1] <= 223


def payload_bounds(data: bytes) -> tuple[int, int] | None:
    """Where the payload starts and ends."""
    if len(data) < HEADER_SIZE or data[0] >> 6 != 2 or is_rtcp(data):
        return None
    start = HEADER_SIZE + 4 * (data[0] & 15)
    if data[0] & 0x10:
        if len(data) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    if start > len(data):
        return None
    padding = data[-1] if data[0] & 0x20 else 0
    if data[0] & 0x20 and (padding == 0 or start + padding > len(data)):
        return None
    end = len(data) - padding
    return (start, end) if end - start <= PAYLOAD_SIZE_MAX else None


def build(packet: Packet) -> bytes:
    """The datagram of a packet: no CSRC, extension or padding."""
    second = packet.marker << 7 | packet.payload_type
    return _HEADER.pack(0x80, second, packet.sequence, packet.timestamp, packet.ssrc) + packet.payload
