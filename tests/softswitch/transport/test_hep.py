"""HEP3 packets, read back by a decoder written from the specification."""

from __future__ import annotations

import ipaddress
import struct

import pytest

from softswitch.transport.hep import encode
from softswitch.transport.trace import TraceEntry

AT_US = 1_800_000_000_123_456


def decode(packet: bytes) -> dict[int, bytes]:
    """The chunks of vendor 0 by type."""
    assert b"HEP3" == packet[:4]
    assert len(packet) == struct.unpack("!H", packet[4:6])[0]
    chunks, at = {}, 6
    while at < len(packet):
        vendor, kind, length = struct.unpack("!HHH", packet[at : at + 6])
        assert (0, True) == (vendor, length >= 6)
        chunks[kind] = packet[at + 6 : at + length]
        at += length
    assert at == len(packet)
    return chunks


@pytest.mark.parametrize("transport, protocol", [("udp", 17), ("tcp", 6), ("tls", 6), ("ws", 6), ("wss", 6)])
def test_a_message_over_ipv4(transport: str, protocol: int) -> None:
    entry = TraceEntry(AT_US, "in", "192.0.2.1:5060", "192.0.2.2:5080", b"BYE", transport)
    chunks = decode(encode(entry, 2001, "key", "call-1"))
    assert {
        1: b"\x02",
        2: bytes([protocol]),
        3: bytes([192, 0, 2, 1]),
        4: bytes([192, 0, 2, 2]),
        7: struct.pack("!H", 5060),
        8: struct.pack("!H", 5080),
        9: struct.pack("!I", 1_800_000_000),
        10: struct.pack("!I", 123_456),
        11: b"\x01",
        12: struct.pack("!I", 2001),
        14: b"key",
        17: b"call-1",
        15: b"BYE",
    } == chunks


def test_a_message_over_ipv6_and_without_key() -> None:
    entry = TraceEntry(AT_US, "out", "[2001:db8::1]:5060", "[2001:db8::2]:5060", b"BYE")
    chunks = decode(encode(entry, 1, "", None))
    ends = [ipaddress.IPv6Address(f"2001:db8::{end}").packed for end in (1, 2)]
    assert (b"\x0a", *ends) == (chunks[1], chunks[5], chunks[6])
    assert not {3, 4, 14, 17} & chunks.keys()


def test_a_name_has_no_address_and_a_mixed_pair_is_ipv6() -> None:
    named = decode(encode(TraceEntry(AT_US, "in", "pbx.example.org:5060", "192.0.2.2:5080", b""), 1, "", None))
    assert (bytes(4), bytes([192, 0, 2, 2])) == (named[3], named[4])
    mixed = decode(encode(TraceEntry(AT_US, "in", "192.0.2.2:1", "[::1]:2", b""), 1, "", None))
    assert ipaddress.IPv6Address("::ffff:192.0.2.2").packed == mixed[5]


def test_the_largest_message_fits() -> None:
    assert len(encode(TraceEntry(AT_US, "in", "1.2.3.4:1", "1.2.3.4:2", b"x" * 16_384), 1, "k", "c" * 9_999)) < 65_536
