"""The plain twin of the compiled kernels: a function of the same name, arguments and result as each in kernels/probe.c.

Property tests hold the two equal. Arrays of packets are the records below, 24 bytes each.
"""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
from numpy.typing import NDArray

from media.audio import fax, inband, level
from media.audio.conceal import HISTORY, SILENT, Concealer
from media.audio.playout import Playout
from media.codecs import g711
from media.rtp import dtmf, packet
from media.rtp.latch import Latch
from media.rtp.pace import Pace
from media.rtp.sequence import Arrival, Sequence
from media.rtp.stats import Timing
from media.rtp.timeline import Timeline

LAWS: tuple[g711.Law, g711.Law] = ("PCMU", "PCMA")
NS_PER_SAMPLE = 125_000
RECORD_RING = 16384

ARRIVAL = np.dtype(
    [("now_ns", "u8"), ("address", "u4"), ("ssrc", "u4"), ("timestamp", "u4"), ("port", "u2"), ("sequence", "u2")]
)
KEY = np.dtype(
    [
        ("now_ns", "u8"),
        ("timestamp", "u4"),
        ("marker", "u1"),
        ("size", "u1"),
        ("payload", "u1", (4,)),
        ("unused", "V4"),
        ("sequence", "u2"),
    ]
)
PUT = np.dtype(
    [
        ("now_ns", "u8"),
        ("timestamp", "u4"),
        ("offset", "u2"),
        ("channel", "u1"),
        ("law", "u1"),
        ("count", "u1"),
        ("taken", "u1"),
        ("unused", "V6"),
    ]
)

SOUND = np.dtype(
    [
        ("now", "i8"),
        ("timestamp", "u4"),
        ("ssrc", "u4"),
        ("sequence", "u2"),
        ("frames", "u2"),
        ("offset", "u2"),
        ("what", "u1"),
        ("level", "u1"),
    ]
)
PUSH, PULL, REST = range(3)
PULL_FRAMES_MAX = 480


def g711_decode(law: int, codes: bytes) -> bytes:
    return g711.decode(LAWS[law], np.frombuffer(codes, np.uint8)).tobytes()


def g711_encode(law: int, samples: bytes) -> bytes:
    return g711.encode(LAWS[law], np.frombuffer(samples, np.int16)).tobytes()


def g711_transcode(from_law: int, codes: bytes) -> bytes:
    return g711.transcode(LAWS[from_law], np.frombuffer(codes, np.uint8)).tobytes()


def rtp_parse(datagram: bytes) -> tuple[int, int, int, int, int, int, int] | None:
    """(marker, payload type, sequence, timestamp, ssrc, payload offset, payload size)."""
    parsed, bounds = packet.parse(datagram), packet.payload_bounds(datagram)
    if parsed is None or bounds is None:
        return None
    start, end = bounds
    return int(parsed.marker), parsed.payload_type, parsed.sequence, parsed.timestamp, parsed.ssrc, start, end - start


def latch_run(address: int, port: int, signalling: int, nat: bool, arrivals: bytes) -> bytes:
    """One verdict a packet."""
    latch = Latch(sdp=(address, port), signalling=signalling, nat=nat)
    rows = np.frombuffer(arrivals, ARRIVAL)
    return bytes(latch.judge((int(r["address"]), int(r["port"])), int(r["ssrc"]), int(r["sequence"])) for r in rows)


def stats_run(arrivals: bytes) -> tuple[int, ...]:
    """(expected, counted, duplicates, reordered, late, jitter_q4, max_sequence, then bursts.Figures)."""
    order, timing = Sequence(), Timing()
    ssrc: int | None = None
    for row in np.frombuffer(arrivals, ARRIVAL):
        if ssrc is not None and ssrc != int(row["ssrc"]):
            order.restart()
            timing.restart()
        ssrc = int(row["ssrc"])
        arrival = order.arrive(int(row["sequence"]))
        if arrival is Arrival.RESTART:
            timing.restart()
        if arrival is not Arrival.DUPLICATE:
            late = timing.arrive(int(row["timestamp"]), int(row["now_ns"]) // NS_PER_SAMPLE)
            if late:
                order.mark_late(int(row["sequence"]))
    order.end()
    return (
        order.expected,
        order.counted,
        order.duplicates,
        order.reordered,
        order.late,
        timing.jitter_q4,
        order.max_sequence,
        *astuple(order.bursts.figures),
    )


def pace_run(arrivals: bytes) -> bytes:
    """The timestamp of each; its `port` is how long it is."""
    pace = Pace()
    return b"".join(
        pace.stamp(int(a["sequence"]), int(a["timestamp"]), int(a["port"]), int(a["now_ns"]) // NS_PER_SAMPLE).to_bytes(
            4, "little"
        )
        for a in np.frombuffer(arrivals, ARRIVAL)
    )


def level_run(law: int, codes: bytes) -> tuple[int, int, int, int, int]:
    """(energy, samples, packets, silent, clipped) of one packet."""
    energy, samples, silent, clipped = level.figures(g711.decode(LAWS[law], np.frombuffer(codes, np.uint8)))
    return energy, samples, 1, silent, clipped


def dtmf_run(packets: bytes) -> list[tuple[int, int, int]]:
    """(packet index, event, duration) of each press told."""
    receiver = dtmf.Receiver()
    told: list[tuple[int, int, int]] = []
    for index, row in enumerate(np.frombuffer(packets, KEY)):
        now_ns = int(row["now_ns"])
        presses = receiver.expire(now_ns)
        payload = row["payload"].tobytes() if row["size"] >= 4 else b""
        number, timestamp = int(row["sequence"]), int(row["timestamp"])
        presses += receiver.packet(payload, bool(row["marker"]), number, timestamp, now_ns)[0]
        told += [(index, press.event, press.duration) for press in presses]
    return told


def dtmf_send(digits: bytes, tone: int, gap: int, frames: int) -> list[tuple[int, int, int, bytes]]:
    """(tick, marker, timestamp, payload) of each packet."""
    known = [dtmf.CHARACTERS.index(chr(digit)) for digit in digits if chr(digit) in dtmf.CHARACTERS]
    sender = dtmf.Sender(known[: dtmf.DIGITS_MAX], tone, gap)
    sent: list[tuple[int, int, int, bytes]] = []
    for tick in range(100_000):
        step = sender.step(frames, tick * frames)
        if step.over:
            break
        if step.payload is not None:
            sent.append((tick, int(step.marker), step.timestamp, step.payload))
    return sent


def inband_run(samples: bytes) -> list[tuple[int, int, int]]:
    """(block of 160, event, duration) of each press told."""
    receiver = inband.Receiver()
    told: list[tuple[int, int, int]] = []
    blocks = np.frombuffer(samples, np.int16)
    for index in range(len(blocks) // 160):
        ended, _ = receiver.hear(blocks[160 * index : 160 * index + 160])
        told += [(index, press.event, press.duration) for press in ended]
    return told


def inband_send(law: int, digits: bytes, tone: int, gap: int, frames: int) -> bytes:
    """The code words of all digits, in packets of `frames`."""
    sender = dtmf.Sender([], tone, gap)
    sender.queue([dtmf.CHARACTERS.index(chr(digit)) for digit in digits if chr(digit) in dtmf.CHARACTERS], tone, gap)
    sent: list[bytes] = []
    while sender.events:
        samples, _ = inband.following(sender, frames)
        sent.append(g711.encode(LAWS[law & 1], samples).tobytes())
    return b"".join(sent)


def record_run(puts: bytes, codes: bytes) -> tuple[bytes, int]:
    """The recording ring (two lines of 16,384 samples) after all puts, and how many samples found no place."""
    ring = np.zeros((RECORD_RING, 2), np.int16)
    tracks = Track(0), Track(1)
    dropped = tail = 0
    for row in np.frombuffer(puts, PUT):
        start, count, channel = int(row["offset"]), int(row["count"]), int(row["channel"]) & 1
        if start + count > len(codes):
            continue
        samples = g711.decode(LAWS[int(row["law"]) & 1], np.frombuffer(codes[start : start + count], np.uint8))
        now = int(row["now_ns"]) // NS_PER_SAMPLE
        if row["taken"]:
            tail += len(take(ring, tail, now))
        dropped += tracks[channel].put(ring, int(row["timestamp"]), samples, now, tail)
    return ring.T.tobytes(), dropped


def fax_run(law: int, codes: bytes) -> list[tuple[int, int]]:
    """(packet of 160, tone) of what is told."""
    listener, samples = fax.Listener(), g711.decode(LAWS[law & 1], np.frombuffer(codes, np.uint8))
    heard = ((n, int(listener.hear(samples[160 * n : 160 * n + 160]))) for n in range(len(samples) // 160))
    return [one for one in heard if one[1]]


GATHER_WINDOW_MS, GATHER_WINDOWS, GATHER_WAKEUPS_PER_MS_MIN = 20, 49, 9


def gather_run(woken: bytes) -> bytes:
    """Of the wake-ups of every ms: whether the loop then looked by itself."""
    looked = bytearray()
    since, before, left = 0, 0, 0
    for ms in range(1, len(woken) + 1):
        if ms >= since + GATHER_WINDOW_MS:
            is_often = sum(woken[before:ms]) >= (ms - since) * GATHER_WAKEUPS_PER_MS_MIN
            left = left - 1 if left else GATHER_WINDOWS * is_often
            since, before = ms, ms
        looked.append(left > 0)
    return bytes(looked)


def playout_run(width: int, steps: bytes, samples: bytes) -> bytes:
    """The sound of all pulls; a push takes its samples from `offset` of `samples`; pulls of odd level are for nobody."""
    ear, sound = Playout(width), np.frombuffer(samples, np.int16)
    heard: list[bytes] = []
    for row in np.frombuffer(steps, SOUND):
        frames, start, now = int(row["frames"]), int(row["offset"]), int(row["now"])
        stream = int(row["ssrc"]), int(row["sequence"]), int(row["timestamp"])
        if frames > PULL_FRAMES_MAX:
            continue
        if row["what"] == REST:
            ear.rest(*stream, bytes([row["level"]]))
        elif row["what"] == PULL:
            heard.append(ear.pull(frames, now, row["level"] % 2 == 0).tobytes())
        elif row["what"] == PUSH and start + frames * width <= len(sound):
            ear.buffer.push(*stream, sound[start : start + frames * width], now)
    return b"".join(heard)


class Track:
    """One channel of a recording: packets where their timestamps say, and what is missing before them concealed."""

    def __init__(self, channel: int) -> None:
        self._channel = channel
        self._line = Timeline()
        self._end = 0

    def put(self, ring: NDArray[np.int16], timestamp: int, samples: NDArray[np.int16], now: int, tail: int) -> int:
        """The number of samples that found no place."""
        at = self._line.place(timestamp, now)
        if len(samples) == 0:
            return 0
        if at >= self._end:
            if 0 < self._end < at:
                concealer = Concealer(history=self._history(ring, tail))
                made = concealer.made(min(at - self._end, SILENT))
                put(ring, self._channel, self._end, made, tail)
                samples = concealer.true(samples)
            self._end = at + len(samples)
        return put(ring, self._channel, at, samples, tail)

    def _history(self, ring: NDArray[np.int16], tail: int) -> NDArray[np.int16]:
        """What was heard before the end, and is not taken yet."""
        places = np.arange(max(0, self._end - HISTORY, min(tail, self._end)), self._end)
        history = np.zeros(HISTORY, np.int16)
        history[HISTORY - len(places) :] = ring[places & (len(ring) - 1), self._channel]
        return history


def take(ring: NDArray[np.int16], tail: int, head: int) -> NDArray[np.int16]:
    """The frames [tail, head), one ring of them at most; they leave zeroes behind."""
    places = np.arange(tail, max(tail, min(head, tail + len(ring)))) & (len(ring) - 1)
    taken: NDArray[np.int16] = ring[places]
    ring[places] = 0
    return taken


def put(ring: NDArray[np.int16], channel: int, at: int, samples: NDArray[np.int16], tail: int) -> int:
    """Write samples at frame `at` of the time line; only [tail, tail + ring) has room. The number that found none."""
    first, last = max(at, tail), min(at + len(samples), tail + len(ring))
    if first >= last:
        return len(samples)
    ring[np.arange(first, last) & (len(ring) - 1), channel] = samples[first - at : last - at]
    return len(samples) - (last - first)
