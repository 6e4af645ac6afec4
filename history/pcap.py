"""The SIP messages of a call as a capture file: classic pcap, raw IP, with IP, UDP and TCP headers made anew.

Addresses, ports, times and transport are those of the messages. Over a stream each message is one segment (or more, when it
is long) with true sequence numbers, so that a reader puts it together; TLS and WebSocket are shown as what was inside.
"""

from __future__ import annotations

import ipaddress
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator

from history.documents import SipMessage

CONTENT_TYPE = "application/vnd.tcpdump.pcap"
_MAGIC, _LINK_RAW, _SNAP = 0xA1B2C3D4, 101, 262_144
_UDP, _TCP, _PUSH_ACK = 17, 6, 0x18
_SEGMENT_BYTES_MAX = 16_384
_DATAGRAM_BYTES_MAX = 65_000

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
End = tuple[Address, int]


def capture(messages: Iterable[SipMessage]) -> bytes:
    """The file, messages in the order of their times."""
    made = [struct.pack("!IHHiIII", _MAGIC, 2, 4, 0, 0, _SNAP, _LINK_RAW)]
    sent: defaultdict[tuple[End, End], int] = defaultdict(lambda: 1)
    for message in sorted(messages, key=lambda one: one.at_us):
        for packet in _packets(message, sent):
            seconds, micro = divmod(message.at_us, 1_000_000)
            made.append(struct.pack("!IIII", seconds & 0xFFFFFFFF, micro, len(packet), len(packet)) + packet)
    return b"".join(made)


def _packets(message: SipMessage, sent: defaultdict[tuple[End, End], int]) -> Iterator[bytes]:
    source, target = _same_family(_end(message.from_), _end(message.to))
    data = message.raw.encode("utf-8", "surrogateescape")
    if message.transport == "udp":
        data = data[:_DATAGRAM_BYTES_MAX]
        head = struct.pack("!HHHH", source[1], target[1], 8 + len(data), 0)
        yield _ip(source[0], target[0], _UDP, head, data, 6)
        return
    for start in range(0, len(data), _SEGMENT_BYTES_MAX):
        part = data[start : start + _SEGMENT_BYTES_MAX]
        sequence, acknowledged = sent[source, target], sent[target, source]
        head = struct.pack("!HHIIBBHHH", source[1], target[1], sequence, acknowledged, 5 << 4, _PUSH_ACK, 0xFFFF, 0, 0)
        sent[source, target] = (sequence + len(part)) & 0xFFFFFFFF
        yield _ip(source[0], target[0], _TCP, head, part, 16)


def _ip(source: Address, target: Address, protocol: int, head: bytes, data: bytes, checksum_at: int) -> bytes:
    """An IP packet around a UDP or TCP header whose checksum, at that offset, is still zero (RFC 768, 9293, 8200 8.1)."""
    length = len(head) + len(data)
    if source.version == 4:
        pseudo = source.packed + target.packed + struct.pack("!BBH", 0, protocol, length)
    else:
        pseudo = source.packed + target.packed + struct.pack("!II", length, protocol)
    total = _checksum(pseudo + head + data) or 0xFFFF
    head = head[:checksum_at] + struct.pack("!H", total) + head[checksum_at + 2 :]
    if source.version == 6:
        return struct.pack("!IHBB", 6 << 28, length, protocol, 64) + source.packed + target.packed + head + data
    start = struct.pack("!BBHHHBB", 0x45, 0, 20 + length, 0, 0x4000, 64, protocol)
    ends = source.packed + target.packed
    return start + struct.pack("!H", _checksum(start + b"\0\0" + ends)) + ends + head + data


def _checksum(data: bytes) -> int:
    """The internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _end(text: str) -> End:
    host, _, port = text.rpartition(":")
    number = int(port) if port.isascii() and port.isdigit() and len(port) < 6 else 0
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0]), number & 0xFFFF
    except ValueError:  # a host name that we advertise: it has no address here
        return ipaddress.IPv4Address(0), number & 0xFFFF


def _same_family(source: End, target: End) -> tuple[End, End]:
    if source[0].version == target[0].version:
        return source, target
    return (_mapped(source[0]), source[1]), (_mapped(target[0]), target[1])


def _mapped(address: Address) -> Address:
    return ipaddress.IPv6Address(f"::ffff:{address}") if address.version == 4 else address
