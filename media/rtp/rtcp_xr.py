"""RTCP extended reports (RFC 3611): statistics summary and VoIP metrics built and read, reference times read and answered."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

EXTENDED = 207
REFERENCE_TIME, DELAY_SINCE, SUMMARY, VOIP = 4, 5, 6, 7
BLOCKS_MAX = 16
UNKNOWN = 127
_VOIP = struct.Struct(">IBBBBHHHHbbBBBBBBBBHHH")
_SUMMARY = struct.Struct(">IHHIIIIIII")
_DELAY = struct.Struct(">III")
_LOST, _DUPLICATE = 0x80, 0x40


@dataclass(frozen=True, slots=True)
class ReferenceTime:
    """4.4: when its author sent it, as a 64-bit NTP stamp."""

    ntp: int


@dataclass(frozen=True, slots=True)
class DelaySince:
    """4.5, one sub-block: the answer to a reference time of `ssrc`; times in 1/65536 s."""

    ssrc: int
    last: int
    delay: int


@dataclass(frozen=True, slots=True)
class Summary:
    """4.6 with its loss and duplicate counts, of sequence numbers from `begin` up to, not including, `end`."""

    ssrc: int
    begin: int
    end: int
    lost: int
    duplicates: int


@dataclass(frozen=True, slots=True)
class VoipMetrics:
    """4.7. Rates and densities in 1/256; durations, delays and buffers in ms; levels in dBm0; 127: not known."""

    ssrc: int
    loss_rate: int
    discard_rate: int
    burst_density: int
    gap_density: int
    burst_ms: int
    gap_ms: int
    round_trip_ms: int
    end_system_ms: int = 0
    signal_dbm0: int = UNKNOWN
    noise_dbm0: int = UNKNOWN
    echo_loss_db: int = UNKNOWN
    gap_min: int = 16
    r: int = UNKNOWN
    external_r: int = UNKNOWN
    mos_lq: int = UNKNOWN
    mos_cq: int = UNKNOWN
    configuration: int = 0
    buffer_ms: int = 0
    buffer_ms_now_max: int = 0
    buffer_ms_max: int = 0


Block = ReferenceTime | DelaySince | Summary | VoipMetrics


@dataclass(frozen=True, slots=True)
class Extended:
    """One XR packet: the blocks of its author `ssrc` that are of a kind above."""

    ssrc: int
    blocks: tuple[Block, ...]


def build(extended: Extended) -> bytes:
    """An XR packet."""
    body = struct.pack(">I", extended.ssrc) + b"".join(map(_build_block, extended.blocks))
    return struct.pack(">BBH", 0x80, EXTENDED, len(body) // 4) + body


def _build_block(block: Block) -> bytes:
    match block:
        case ReferenceTime(ntp):
            return _block(REFERENCE_TIME, 0, struct.pack(">Q", ntp))
        case DelaySince(ssrc, last, delay):
            return _block(DELAY_SINCE, 0, _DELAY.pack(ssrc, last, delay))
        case Summary(ssrc, begin, end, lost, duplicates):
            words = ssrc, begin & 0xFFFF, end & 0xFFFF, lost & 0xFFFFFFFF, duplicates & 0xFFFFFFFF, 0, 0, 0, 0, 0
            return _block(SUMMARY, _LOST | _DUPLICATE, _SUMMARY.pack(*words))
        case VoipMetrics():
            values = [getattr(block, name) for name in block.__slots__]
            return _block(VOIP, 0, _VOIP.pack(*values[:18], 0, *values[18:]))


def _block(kind: int, flags: int, body: bytes) -> bytes:
    return struct.pack(">BBH", kind, flags, len(body) // 4) + body


def parse(one: bytes) -> list[Extended]:
    """The content of one XR packet, as far as it can be read; none when it is too short for an author."""
    if len(one) < 8:
        return []
    return [Extended(int.from_bytes(one[4:8], "big"), tuple(_blocks(one)))]


def _blocks(one: bytes) -> Iterator[Block]:
    at = 8
    for _ in range(BLOCKS_MAX):
        if at + 4 > len(one):
            return
        kind, flags, words = struct.unpack_from(">BBH", one, at)
        body, at = one[at + 4 : at + 4 + 4 * words], at + 4 + 4 * words
        if len(body) == 4 * words:
            yield from _read(kind, flags, body)


def _read(kind: int, flags: int, body: bytes) -> Iterator[Block]:
    """The blocks of known kinds; a length other than the RFC's makes a block unknown."""
    if kind == REFERENCE_TIME and len(body) == 8:
        yield ReferenceTime(int.from_bytes(body, "big"))
    elif kind == DELAY_SINCE and len(body) % _DELAY.size == 0:
        for words in _DELAY.iter_unpack(body[: BLOCKS_MAX * _DELAY.size]):
            yield DelaySince(*words)
    elif kind == SUMMARY and len(body) == _SUMMARY.size:
        ssrc, begin, end, lost, duplicates, *_ = _SUMMARY.unpack(body)
        if (flags & _LOST or not lost) and (flags & _DUPLICATE or not duplicates):
            yield Summary(ssrc, begin, end, lost, duplicates)
    elif kind == VOIP and len(body) == _VOIP.size:
        values = _VOIP.unpack(body)
        yield VoipMetrics(*values[:18], *values[19:])
