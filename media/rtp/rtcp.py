"""RTCP compound packets (RFC 3550 6): SR, RR, SDES, BYE and XR built, and read without trusting any of it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from media.rtp import rtcp_xr
from media.rtp.rtcp_xr import Extended

SENDER_REPORT, RECEIVER_REPORT, DESCRIPTION, BYE = 200, 201, 202, 203
PACKETS_MAX = 16
CNAME = 1
NAME_BYTES_MAX = 255
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
    """One SR (with `sender`) or RR."""

    ssrc: int
    sender: SenderInfo | None
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Compound:
    """What one datagram holds: its reports (never none), CNAMEs by SSRC, who left and why, and the extended reports."""

    reports: tuple[Report, ...]
    names: tuple[tuple[int, str], ...] = ()
    byes: tuple[int, ...] = ()
    reason: str = ""
    extended: tuple[Extended, ...] = ()


def ntp_time(wall_s: float) -> int:
    """The 64-bit NTP stamp of wall clock seconds since 1970."""
    return int((wall_s + NTP_EPOCH_S) * 2**32) & (2**64 - 1)


def ntp_middle(ntp: int) -> int:
    """The middle 32 bits, in 1/65536 s: what LSR and DLSR count in."""
    return ntp >> 16 & 0xFFFFFFFF


def build(compound: Compound) -> bytes:
    """A compound packet in the order of RFC 3550 6.1: reports, SDES, XR, BYE."""
    parts = [_build_report(report) for report in compound.reports]
    parts += [_description(ssrc, name) for ssrc, name in compound.names]
    parts += [rtcp_xr.build(extended) for extended in compound.extended]
    if compound.byes:
        parts.append(_bye(compound.byes, compound.reason))
    return b"".join(parts)


def packet(kind: int, count: int, body: bytes) -> bytes:
    """One RTCP packet; `body` is a multiple of four bytes."""
    return struct.pack(">BBH", 0x80 | count, kind, len(body) // 4) + body


def _build_report(report: Report) -> bytes:
    body = struct.pack(">I", report.ssrc)
    kind = RECEIVER_REPORT
    if report.sender is not None:
        kind = SENDER_REPORT
        s = report.sender
        body += struct.pack(">QIII", s.ntp, s.timestamp & 0xFFFFFFFF, s.packets & 0xFFFFFFFF, s.octets & 0xFFFFFFFF)
    for block in report.blocks:
        lost = block.fraction_lost << 24 | min(max(block.lost, -0x800000), 0x7FFFFF) & 0xFFFFFF
        body += _BLOCK.pack(block.ssrc, lost, block.highest_sequence, block.jitter, block.last_sr, block.since_last_sr)
    return packet(kind, len(report.blocks), body)


def _description(ssrc: int, name: str) -> bytes:
    text = name.encode()[:NAME_BYTES_MAX]
    body = struct.pack(">I", ssrc) + bytes([CNAME, len(text)]) + text
    return packet(DESCRIPTION, 1, body + bytes(4 - len(body) % 4))


def _bye(ssrcs: tuple[int, ...], reason: str) -> bytes:
    body = b"".join(struct.pack(">I", ssrc) for ssrc in ssrcs)
    text = reason.encode()[:NAME_BYTES_MAX]
    if text:
        body += bytes([len(text)]) + text
        body += bytes(-len(body) % 4)
    return packet(BYE, len(ssrcs), body)


def parse(data: bytes) -> Compound | None:
    """What a datagram holds; None when it is not valid by RFC 3550 A.2: lengths that lie, no report first, padding but last.

    Packets of unknown kinds are read over. The work is bounded: at most PACKETS_MAX packets.
    """
    packets = list(_packets(data))
    if not packets or sum(len(one) for one in packets) != len(data):
        return None
    if packets[0][1] not in (SENDER_REPORT, RECEIVER_REPORT) or any(one[0] & 0x20 for one in packets[:-1]):
        return None
    reports: list[Report] = []
    names: list[tuple[int, str]] = []
    byes: list[int] = []
    reason = ""
    extended: list[Extended] = []
    for one in packets:
        one = _unpadded(one)
        count, kind = one[0] & 31, one[1]
        if kind in (SENDER_REPORT, RECEIVER_REPORT):
            report = _report(one, kind, count)
            if report is None:
                return None
            reports.append(report)
        elif kind == DESCRIPTION:
            names += _names(one, count)
        elif kind == BYE:
            found, reason = _read_bye(one, count)
            byes += found
        elif kind == rtcp_xr.EXTENDED:
            extended += rtcp_xr.parse(one)
    return Compound(tuple(reports), tuple(names), tuple(byes), reason, tuple(extended))


def _packets(data: bytes) -> Iterator[bytes]:
    at = 0
    for _ in range(PACKETS_MAX):
        if len(data) - at < 4 or data[at] >> 6 != 2:
            return
        end = at + 4 + 4 * int.from_bytes(data[at + 2 : at + 4], "big")
        if end > len(data):
            return
        yield data[at:end]
        at = end


def _unpadded(one: bytes) -> bytes:
    """Without its padding; a padding that lies is left, the contents decide."""
    padding = one[-1] if one[0] & 0x20 else 0
    return one[: len(one) - padding] if 0 < padding <= len(one) - 4 and padding % 4 == 0 else one


def _report(one: bytes, kind: int, count: int) -> Report | None:
    start = 28 if kind == SENDER_REPORT else 8
    if len(one) < start + count * _BLOCK.size:
        return None
    sender = SenderInfo(*struct.unpack_from(">QIII", one, 8)) if kind == SENDER_REPORT else None
    blocks = []
    for index in range(count):
        ssrc, lost, highest, jitter, last_sr, since = _BLOCK.unpack_from(one, start + index * _BLOCK.size)
        total = lost & 0xFFFFFF
        total = total - 0x1000000 if total & 0x800000 else total
        blocks.append(Block(ssrc, lost >> 24, total, highest, jitter, last_sr, since))
    return Report(int.from_bytes(one[4:8], "big"), sender, tuple(blocks))


def _names(one: bytes, count: int) -> Iterator[tuple[int, str]]:
    """The CNAMEs of an SDES packet, as far as its chunks can be read."""
    at = 4
    for _ in range(count):
        if at + 4 > len(one):
            return
        ssrc, at = int.from_bytes(one[at : at + 4], "big"), at + 4
        while at < len(one) and one[at] != 0:
            size = one[at + 1] if at + 1 < len(one) else 255
            if at + 2 + size > len(one):
                return
            if one[at] == CNAME:
                yield ssrc, one[at + 2 : at + 2 + size].decode("utf-8", "replace")
            at += 2 + size
        at += 4 - at % 4


def _read_bye(one: bytes, count: int) -> tuple[list[int], str]:
    end = 4 + 4 * count
    if end > len(one):
        return [], ""
    ssrcs = [int.from_bytes(one[at : at + 4], "big") for at in range(4, end, 4)]
    size = one[end] if end < len(one) else 0
    return ssrcs, one[end + 1 : end + 1 + size].decode("utf-8", "replace")
