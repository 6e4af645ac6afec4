"""A traced message as a HEP3 packet for Homer (HEP version 3 specification, rev. 12): header, then chunks of vendor 0."""

from __future__ import annotations

import ipaddress
import struct

from softswitch.transport.trace import TraceEntry, split_address

IP_FAMILY, IP_PROTOCOL, SOURCE_V4, TARGET_V4, SOURCE_V6, TARGET_V6, SOURCE_PORT, TARGET_PORT = range(1, 9)
SECONDS, MICROSECONDS, PROTOCOL_TYPE, CAPTURE_ID = 9, 10, 11, 12
AUTH_KEY, PAYLOAD, CORRELATION_ID = 14, 15, 17
SIP = 1
_PROTOCOLS = {"udp": 17}
_TCP = 6
_HEADER_BYTES = 6
_PAYLOAD_BYTES_MAX = 65_000


def encode(entry: TraceEntry, capture_id: int, key: str, correlation: str | None) -> bytes:
    """One packet; what has no address is from 0.0.0.0 or ::."""
    source, source_port = split_address(entry.source)
    target, target_port = split_address(entry.destination)
    is_v6 = 6 in (source.version, target.version)
    places = (SOURCE_V6, TARGET_V6) if is_v6 else (SOURCE_V4, TARGET_V4)
    chunks = [
        _chunk(IP_FAMILY, struct.pack("!B", 10 if is_v6 else 2)),
        _chunk(IP_PROTOCOL, struct.pack("!B", _PROTOCOLS.get(entry.transport, _TCP))),
        _chunk(places[0], _packed(source, is_v6)),
        _chunk(places[1], _packed(target, is_v6)),
        _chunk(SOURCE_PORT, struct.pack("!H", source_port)),
        _chunk(TARGET_PORT, struct.pack("!H", target_port)),
        _chunk(SECONDS, struct.pack("!I", entry.at_us // 1_000_000 & 0xFFFFFFFF)),
        _chunk(MICROSECONDS, struct.pack("!I", entry.at_us % 1_000_000)),
        _chunk(PROTOCOL_TYPE, struct.pack("!B", SIP)),
        _chunk(CAPTURE_ID, struct.pack("!I", capture_id)),
    ]
    if key:
        chunks.append(_chunk(AUTH_KEY, key.encode()))
    if correlation:
        chunks.append(_chunk(CORRELATION_ID, correlation.encode("utf-8", "surrogateescape")[:255]))
    chunks.append(_chunk(PAYLOAD, entry.data[:_PAYLOAD_BYTES_MAX]))
    body = b"".join(chunks)
    return b"HEP3" + struct.pack("!H", _HEADER_BYTES + len(body)) + body


def _chunk(kind: int, value: bytes) -> bytes:
    return struct.pack("!HHH", 0, kind, 6 + len(value)) + value


def _packed(address: ipaddress.IPv4Address | ipaddress.IPv6Address, is_v6: bool) -> bytes:
    if is_v6 and address.version == 4:
        return ipaddress.IPv6Address(f"::ffff:{address}").packed
    return address.packed
