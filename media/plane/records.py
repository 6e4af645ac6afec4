"""The fixed records between the worker's Python side and its packet loop: the Python mirror of kernels/layout.h.

Commands are 64 bytes, events 32, a stream's statistics 192, a recording's state 64. Native byte order;
addresses are 16 bytes in network order, IPv4 mapped.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any

import numpy as np

from media.codecs import voice
from media.plane.commands import Remote
from media.plane.keys import Keys
from media.rtp import address
from media.rtp.bursts import Figures
from media.rtp.share import Shared
from media.rtp.srtp_pair import PLAIN, Way

SAMPLE_RATE = 8000
NS_PER_SAMPLE = 125_000
NO_LEG = 0xFFFF
NO_PAYLOAD_TYPE = 255
RECORD_RING = 16384
SEGMENTS_PER_COMMAND = 6
LAWS = {"PCMU": 0, "PCMA": 1}


class Op(IntEnum):
    OPEN = 1
    CLOSE = 2
    REMOTE = 3
    BRIDGE = 4
    UNBRIDGE = 5
    HOLD = 6
    SEGMENTS = 7
    PLAY = 8
    STOP = 9
    RECORD_START = 10
    RECORD_STOP = 11
    SEND_DTMF = 12
    RX_TIMEOUT = 13
    SRTP = 14
    JOIN = 15
    LEAVE = 16
    TONES = 17
    SEEK = 18
    VOLUME = 19
    SHARE = 20
    PATH = 21


class Kind(IntEnum):
    CLOSED = 1
    LATCHED = 2
    SSRC_CHANGE = 3
    DIGIT = 4
    PLAY_DONE = 5
    RX_TIMEOUT = 6
    DTMF_SENT = 7
    OVERLOAD = 8
    SPEAKING = 9
    KEY = 10
    FAX = 11
    DEAF = 12


class PlayEnd(IntEnum):
    END = 0
    KEY = 1


@dataclass(frozen=True, slots=True)
class Handle:
    """A leg's place in the tables. The generation tells a reused place from its earlier tenant."""

    index: int
    generation: int


HEAD = struct.Struct("=BBHHH")
OPEN = struct.Struct("=iIIH")
REMOTE = struct.Struct("=16s16sH14B")
OTHER = struct.Struct("=H")
SEGMENT = struct.Struct("=II")
PLAY = struct.Struct("=IBB")
DTMF = struct.Struct("=32sHH")
JOIN = struct.Struct("=HHBB")
FRAMES = struct.Struct("=I")
GAIN = struct.Struct("=H")
MILLISECONDS = struct.Struct("=I")
SRTP = struct.Struct("=B46s")
SHARE = struct.Struct("=8s8s")
PATH = struct.Struct("=16sH")
COMMAND_SIZE = 64
ASIDE = struct.Struct("=HHHH16sQ")

EVENT = np.dtype(
    [
        ("kind", "u1"),
        ("code", "u1"),
        ("leg", "u2"),
        ("generation", "u2"),
        ("port", "u2"),
        ("at_ns", "u8"),
        ("a", "u4"),
        ("b", "u4"),
        ("c", "u4"),
        ("d", "u4"),
    ]
)

LEVEL = np.dtype([("energy", "u8")] + [(name, "u4") for name in ("samples", "packets", "silent", "clipped")])
BURSTS = tuple(field.name for field in fields(Figures))

STATISTICS = np.dtype(
    [(name, "u8") for name in ("rx_packets", "rx_octets", "tx_packets", "tx_octets")]
    + [(name, "u4") for name in ("rx_ssrc", "tx_ssrc", "rx_expected", "rx_counted")]
    + [(name, "u4") for name in ("duplicates", "reordered", "late", "jitter_q4")]
    + [(name, "u4") for name in ("foreign", "malformed", "tx_errors", "unknown_payload")]
    + [(name, "u8") for name in ("last_rx_ns", "last_tx_ns")]
    + [(name, "u4") for name in ("tx_timestamp", "rx_max_sequence", "stale")]
    + [(name, "u2") for name in ("ssrc_changes", "playout_ms")]
    + [(name, "u4") for name in BURSTS]
    + [("rx_level", LEVEL), ("tx_level", LEVEL), ("unauthentic", "u4"), ("flooded", "u4")]
)

COUNTERS = np.dtype(
    [
        (name, "u8")
        for name in (
            "now_ns",
            "wakeups",
            "rx_packets",
            "tx_packets",
            "late_ticks",
            "events_dropped",
            "commands",
            "busy_ns",
        )
    ]
    + [(name, "u4") for name in ("busy_permille", "open_legs", "priority", "running")]
    + [(name, "u8") for name in ("foreign", "malformed", "stale", "unauthentic", "flooded")]
    + [("unused", "u8", (1,))]
)

RECORDING = np.dtype(
    [(name, "u8") for name in ("start_ns", "stop_frames", "tail", "dropped")]
    + [("active", "u4"), ("unused", "u4", (7,))]
)

RECORDING_FILE = np.dtype(
    [(name, "u8") for name in ("due_ns", "frames", "told_frames", "frames_max")]
    + [("fd", "i4")]
    + [(name, "u4") for name in ("look", "error", "margin_frames", "block_size")]
    + [("header", "u1", (44,)), ("unused", "u4", (8,))]
)


def source_of(event: Any) -> int:
    """The address, as a number, in an event that tells of a source; its port is the field `port`."""
    return int.from_bytes(b"".join(event[name].tobytes() for name in "abcd"), "big")


def source_words(number: int) -> tuple[int, ...]:
    """The fields a, b, c, d that hold an address."""
    return struct.unpack("=IIII", number.to_bytes(16, "big"))


@dataclass(frozen=True, slots=True)
class Aside:
    """A datagram that is no RTP, handed over by the loop some time after it came (`at_ns` of the engine's clock)."""

    leg: Handle
    address: int
    port: int
    data: bytes
    at_ns: int = 0


def aside(datagram: bytes) -> Aside:
    """Of one datagram of the hand-over socket."""
    index, generation, port, _, packed, at_ns = ASIDE.unpack_from(datagram)
    return Aside(Handle(index, generation), int.from_bytes(packed, "big"), port, datagram[ASIDE.size :], at_ns)


def pack_aside(aside: Aside) -> bytes:
    """The datagram of the hand-over socket."""
    head = aside.leg.index, aside.leg.generation, aside.port, 0, aside.address.to_bytes(16, "big"), aside.at_ns
    return ASIDE.pack(*head) + aside.data


def _command(op: Op, leg: Handle, body: bytes = b"", flag: int = 0, count: int = 0) -> bytes:
    return (HEAD.pack(op, flag, leg.index, leg.generation, count) + body).ljust(COMMAND_SIZE, b"\0")


def open_leg(leg: Handle, fd: int, ssrc: int, sequence: int, timestamp: int) -> bytes:
    """`fd`: a bound, non-blocking UDP socket that the caller closes only after the CLOSED event; -1 = an attendant, which
    has no far end: its room hears what it plays, and what it hears can be recorded."""
    return _command(Op.OPEN, leg, OPEN.pack(fd, ssrc, timestamp, sequence))


def close_leg(leg: Handle) -> bytes:
    return _command(Op.CLOSE, leg)


def set_remote(leg: Handle, remote: Remote) -> bytes:
    dtmf = NO_PAYLOAD_TYPE if remote.dtmf_payload_type is None else remote.dtmf_payload_type
    body = REMOTE.pack(
        address.number(remote.address).to_bytes(16, "big"),
        address.number(remote.signalling_address).to_bytes(16, "big"),
        remote.port,
        remote.latch == "nat",
        LAWS.get(remote.codec, 0),
        remote.payload_type,
        dtmf,
        remote.ptime_ms,
        remote.send,
        remote.send_silence,
        remote.rtcp_mux,
        voice.NUMBERS[remote.codec],
        max(1, remote.event_clock_hz // SAMPLE_RATE),
        remote.fec,
        remote.keys_aside,
        remote.payload_type if remote.payload_type_heard is None else remote.payload_type_heard,
        dtmf if remote.dtmf_payload_type_heard is None else remote.dtmf_payload_type_heard,
    )
    return _command(Op.REMOTE, leg, body)


def bridge(a: Handle, b: Handle) -> bytes:
    return _command(Op.BRIDGE, a, OTHER.pack(b.index))


def unbridge(leg: Handle) -> bytes:
    return _command(Op.UNBRIDGE, leg)


def hold(leg: Handle, on: bool) -> bytes:
    return _command(Op.HOLD, leg, flag=int(on))


def play(leg: Handle, token: int, segments: list[tuple[int, int]], loop: bool, stop_on_key: bool) -> list[bytes]:
    """The commands of one play: its (offset, frames) segments of the arena, then the start."""
    commands = []
    for start in range(0, len(segments), SEGMENTS_PER_COMMAND):
        some = segments[start : start + SEGMENTS_PER_COMMAND]
        body = b"".join(SEGMENT.pack(offset, frames) for offset, frames in some)
        commands.append(_command(Op.SEGMENTS, leg, body, count=len(some)))
    return [*commands, _command(Op.PLAY, leg, PLAY.pack(token, loop, stop_on_key))]


def stop(leg: Handle) -> bytes:
    return _command(Op.STOP, leg)


def record_start(leg: Handle) -> bytes:
    return _command(Op.RECORD_START, leg)


def record_stop(leg: Handle) -> bytes:
    return _command(Op.RECORD_STOP, leg)


def send_dtmf(leg: Handle, digits: str, tone_ms: int, gap_ms: int) -> bytes:
    return _command(Op.SEND_DTMF, leg, DTMF.pack(digits.encode("ascii"), tone_ms, gap_ms), count=len(digits))


def srtp(leg: Handle, way: Way, suite: int, master: bytes = b"", mki_size: int = 0) -> bytes:
    """What protects one direction: a `Suite` with its master key and salt, PLAIN or LOCKED."""
    return _command(Op.SRTP, leg, SRTP.pack(mki_size, master), flag=way, count=suite)


def join(leg: Handle, room: int, muted: bool = False, deaf: bool = False, to: Handle | None = None) -> bytes:
    """`room`: a number below the number of legs. `to`: the only leg that hears this one."""
    return _command(Op.JOIN, leg, JOIN.pack(room, NO_LEG if to is None else to.index, muted, deaf))


def leave(leg: Handle) -> bytes:
    return _command(Op.LEAVE, leg)


def tones(leg: Handle, on: bool) -> bytes:
    """Listen for keys as tones in what is heard."""
    return _command(Op.TONES, leg, flag=int(on))


def seek(leg: Handle, frames: int) -> bytes:
    """The play goes on from this frame of its playlist."""
    return _command(Op.SEEK, leg, FRAMES.pack(frames))


def volume(leg: Handle, gain: int) -> bytes:
    """The play's, in 1/4096."""
    return _command(Op.VOLUME, leg, GAIN.pack(gain))


def secure(leg: Handle, keys: Keys | None) -> list[bytes]:
    """The commands that protect a leg with these keys; None: not at all."""
    if keys is None:
        return [srtp(leg, way, PLAIN) for way in Way]
    contexts = (Way.SEND, keys.sender()), (Way.RECEIVE, keys.receiver())
    return [srtp(leg, way, one.suite, one.master, one.mki_size) for way, one in contexts]


def share(leg: Handle, kinds: Shared, ufrag: bytes = b"", prefix: bytes = b"") -> bytes:
    """What the leg takes beside RTP: STUN whose user name begins with `ufrag`, or that answers a transaction of ours, which
    begins with `prefix`; both of eight octets."""
    return _command(Op.SHARE, leg, SHARE.pack(ufrag, prefix), flag=kinds)


def path(leg: Handle, host: str = "::", port: int = 0) -> bytes:
    """From now on media goes there; it comes from there and from other ways that were added. Port 0: nowhere, no more."""
    return _command(Op.PATH, leg, PATH.pack(address.number(host).to_bytes(16, "big"), port))


def way(leg: Handle, host: str, port: int) -> bytes:
    """Media may come from there too, and moves the path there when it does."""
    return _command(Op.PATH, leg, PATH.pack(address.number(host).to_bytes(16, "big"), port), flag=1)


def rx_timeout(leg: Handle, milliseconds: int) -> bytes:
    """0 = never."""
    return _command(Op.RX_TIMEOUT, leg, MILLISECONDS.pack(milliseconds))
