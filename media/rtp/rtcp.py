"""RTCP reports (RFC 3550 6): building the compound packet we send, and reading what far ends send without trusting any of it."""

from __future__ import annotations

import struct
from dataclasses import dataclass

SENDER_REPORT, RECEIVER_REPORT, DESCRIPTION, BYE = 200, 201, 202, 203
PACKETS_MAX = 16
NTP_EPOCH_S = 2_208_988_800
_BLOCK = struct.Struct(">IIIIII")


@dataclass(frozen=True, slots=True)
class Block:
    """One reception report: what its author lost of the stream `ssrc`. Jitter in samples; times in 1/65536 s."""

    ssrc: int
    fraction_lost: int
    lost: int
    highest_sequence: int
    jitter: int
    last_sr: int = 0
    since_last_sr: int = 0


@dataclass(frozen=True, slots=True)
class SenderInfo:
    """What a sender report says of its author's stream; `ntp` is the 64-bit NTP time stamp."""

    ntp: int
    timestamp: int
    packets: int
    octets: int


@dataclass(frozen=True, slots=True)
class Report:
    ssrc: int
    sender: SenderInfo | None
    blocks: tuple[Block, ...]
    bye: bool = False


def ntp_time(wall_s: float) -> int:
    """The 64-bit NTP stamp of wall clock seconds since 1970."""
    return int((wall_s + NTP_EPOCH_S) * 2**32) & (2**64 - 1)


def build(report: Report, name: str) -> bytes:
    """A compound packet: SR when there is a sender part, else RR, then SDES with the CNAME `name`."""
    body = struct.pack(">I", report.ssrc)
    kind = RECEIVER_REPORT
    if report.sender is not None:
        kind = SENDER_REPORT
        s = report.sender
        body += struct.pack(">QIII", s.ntp, s.timestamp & 0xFFFFFFFF, s.packets & 0xFFFFFFFF, s.octets & 0xFFFFFFFF)
    for block in report.blocks:
        lost = block.fraction_lost << 24 | min(max(block.lost, 0), 0x7FFFFF)
        body += _BLOCK.pack(block.ssrc, lost, block.highest_sequence, block.jitter, block.last_sr, block.since_last_sr)
    return _packet(kind, len(report.blocks), body) + _description(report.ssrc, name)


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0x80 | count, kind, len(body) // 4) + body


def _description(ssrc: int, name: str) -> bytes:
    item = bytes([1, len(name)]) + name.encode("ascii")
    body = struct.pack(">I", ssrc) + item
    return _packet(DESCRIPTION, 1, body + bytes(4 - len(body) % 4))


def parse(data: bytes) -> Report | None:
    """The first report of a compound packet with all blocks in it; None when nothing usable is there. Bounded work."""
    found: Report | None = None
    bye = False
    at = 0
    for _ in range(PACKETS_MAX):
        if len(data) - at < 8 or data[at] >> 6 != 2:
            break
        count, kind = data[at] & 31, data[at + 1]
        end = at + 4 + 4 * int.from_bytes(data[at + 2 : at + 4], "big")
        if end > len(data):
            break
        if kind in (SENDER_REPORT, RECEIVER_REPORT) and found is None:
            found = _report(data[at:end], kind, count)
        bye = bye or kind == BYE
        at = end
    if found is None:
        return None
    return Report(found.ssrc, found.sender, found.blocks, bye)


def _report(packet: bytes, kind: int, count: int) -> Report | None:
    start = 28 if kind == SENDER_REPORT else 8
    if len(packet) < start + count * _BLOCK.size:
        return None
    sender = SenderInfo(*struct.unpack_from(">QIII", packet, 8)) if kind == SENDER_REPORT else None
    blocks = []
    for index in range(count):
        ssrc, lost, highest, jitter, last_sr, since = _BLOCK.unpack_from(packet, start + index * _BLOCK.size)
        total = lost & 0xFFFFFF
        total = total - 0x1000000 if total & 0x800000 else total
        blocks.append(Block(ssrc, lost >> 24, total, highest, jitter, last_sr, since))
    return Report(int.from_bytes(packet[4:8], "big"), sender, tuple(blocks))
