"""Capture files, read back by a decoder of our own; `tests/interop/test_capture.py` shows them to tshark."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from history.documents import SipMessage
from history.pcap import capture

AT_US = 1_800_000_000_000_001


def sip(
    at_us: int, source: str, target: str, raw: str = "BYE sip:a SIP/2.0\r\n\r\n", transport: str = "udp"
) -> SipMessage:
    return SipMessage(at_us, "l1", source, target, "", raw, transport)


def packets(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(time in microseconds, IP packet) of each."""
    magic, major, minor, _, _, _, link = struct.unpack("!IHHiIII", data[:24])
    assert (0xA1B2C3D4, 2, 4, 101) == (magic, major, minor, link)
    at = 24
    while at < len(data):
        seconds, micro, kept, long = struct.unpack("!IIII", data[at : at + 16])
        assert kept == long
        yield seconds * 1_000_000 + micro, data[at + 16 : at + 16 + kept]
        at += 16 + kept
    assert at == len(data)


def summed(data: bytes) -> int:
    """The one's complement sum: 0xFFFF over data with a right checksum in it."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def parts(packet: bytes) -> tuple[str, str, int, bytes]:
    """Source, target, protocol and what IP carries; all checksums are right."""
    if packet[0] >> 4 == 4:
        assert (len(packet), 0xFFFF) == (struct.unpack("!H", packet[2:4])[0], summed(packet[:20]))
        source, target, protocol, rest = packet[12:16], packet[16:20], packet[9], packet[20:]
    else:
        assert len(packet) - 40 == struct.unpack("!H", packet[4:6])[0]
        source, target, protocol, rest = packet[8:24], packet[24:40], packet[6], packet[40:]
    assert 0xFFFF == summed(source + target + struct.pack("!II", len(rest), protocol) + rest)
    return str(ipaddress.ip_address(source)), str(ipaddress.ip_address(target)), protocol, rest


def test_datagrams_keep_their_ends_their_times_and_their_bytes() -> None:
    found = list(packets(capture([sip(AT_US, "192.0.2.1:5060", "192.0.2.2:5080", "äöü")])))
    ((at_us, packet),) = found
    source, target, protocol, rest = parts(packet)
    assert (AT_US, "192.0.2.1", "192.0.2.2", 17) == (at_us, source, target, protocol)
    assert (5060, 5080, len(rest)) == struct.unpack("!HHH", rest[:6])
    assert "äöü".encode() == rest[8:]


def test_ipv6_is_kept_and_mixed_ends_are_mapped() -> None:
    messages = [sip(1, "[2001:db8::1]:5060", "[2001:db8::2]:5060"), sip(2, "192.0.2.1:5060", "[2001:db8::2]:5060")]
    ends = [parts(packet)[:2] for _, packet in packets(capture(messages))]
    mapped = str(ipaddress.ip_address("::ffff:192.0.2.1"))
    assert [("2001:db8::1", "2001:db8::2"), (mapped, "2001:db8::2")] == ends


def test_a_name_and_nonsense_have_no_address() -> None:
    for end in ("pbx.example.org:5060", "", "x", "1.2.3.4:99999", "[::1", "a:b:c"):
        ((_, packet),) = packets(capture([sip(1, end, "192.0.2.2:5080")]))
        parts(packet)


def test_messages_are_in_the_order_of_their_times() -> None:
    messages = [sip(at, "192.0.2.1:1", "192.0.2.2:2") for at in (3, 1, 2)]
    assert [1, 2, 3] == [at for at, _ in packets(capture(messages))]


@pytest.mark.parametrize("transport", ["tcp", "tls", "ws", "wss"])
def test_a_stream_has_sequence_numbers_that_put_it_together(transport: str) -> None:
    a, b = "192.0.2.1:5060", "192.0.2.2:5080"
    messages = [sip(1, a, b, "x" * 40_000, transport), sip(2, b, a, "answer", transport), sip(3, a, b, "y", transport)]
    seen = []
    for _, packet in packets(capture(messages)):
        source, _, protocol, rest = parts(packet)
        sequence, acknowledged = struct.unpack("!II", rest[4:12])
        seen.append((source[-1], sequence, acknowledged, len(rest) - 20))
        assert 6 == protocol
    assert [
        ("1", 1, 1, 16_384),
        ("1", 16_385, 1, 16_384),
        ("1", 32_769, 1, 7_232),
        ("2", 1, 40_001, 6),
        ("1", 40_001, 7, 1),
    ] == seen


@given(st.text(max_size=200), st.sampled_from(["udp", "tcp"]), st.integers(0, 65_535))
def test_whatever_was_said_the_checksums_are_right(raw: str, transport: str, port: int) -> None:
    for _, packet in packets(capture([sip(1, f"192.0.2.1:{port}", f"[::1]:{port}", raw, transport)])):
        parts(packet)


def test_a_call_without_messages_is_an_empty_capture() -> None:
    assert [] == list(packets(capture([])))
