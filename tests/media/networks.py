"""Captures of one stream as bad networks deliver it: made from a seed, the same each time."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from media.codecs import g711
from media.rtp.packet import Packet

PACKET_MS, FRAMES = 20, 160
PITCH_HZ, AMPLITUDE = 500, 4000
HOLE = 0.1
FIRST_SEQUENCE, FIRST_TIMESTAMP, SSRC = 65_500, 2**32 - 20_000, 0x7EA5
COMFORT_NOISE, NOISE_DBOV = 13, 60


@dataclass(frozen=True, slots=True)
class Arrival:
    """One datagram. `number`: its place in what was said."""

    at_ms: float
    number: int
    packet: Packet


Capture = list[Arrival]


def tone(number: int) -> bytes:
    """Packet by packet one tone that goes on."""
    at = np.arange(number * FRAMES, (number + 1) * FRAMES)
    sound = np.round(AMPLITUDE * np.sin(2 * np.pi * PITCH_HZ * at / 8000)).astype(np.int16)
    return g711.encode("PCMU", sound).tobytes()


SILENCE = g711.encode("PCMU", np.zeros(FRAMES, np.int16)).tobytes()


def said(count: int, words: bool = False) -> Capture:
    """A good network. `words`: 0.7 s of tone and 0.3 s of silence in turns."""
    return [
        Arrival(
            n * PACKET_MS,
            n,
            Packet(
                0,
                (FIRST_SEQUENCE + n) & 0xFFFF,
                (FIRST_TIMESTAMP + n * FRAMES) & 0xFFFFFFFF,
                SSRC,
                SILENCE if words and n % 50 >= 35 else tone(n),
                n == 0,
            ),
        )
        for n in range(count)
    ]


def arrived(capture: Capture) -> Capture:
    return sorted(capture, key=lambda one: one.at_ms)


def bursts_of_loss(count: int) -> Capture:
    """Gilbert's model: a loss begins with one of 40 packets and goes on with three of five."""
    dice, lost, kept = random.Random(1), False, []
    for one in said(count):
        lost = dice.random() < (0.6 if lost else 0.025) and 0 < one.number < count - 1
        kept += [] if lost else [one]
    return kept


def out_of_order(count: int) -> Capture:
    """One of nine is overtaken by the next two."""
    return arrived([replace(one, at_ms=one.at_ms + (50 if one.number % 9 == 4 else 0)) for one in said(count)])


def twice(count: int) -> Capture:
    """One of seven comes again 10 ms later."""
    capture = said(count)
    return arrived(capture + [replace(one, at_ms=one.at_ms + 10) for one in capture if one.number % 7 == 3])


def standstills(count: int) -> Capture:
    """Each two seconds nothing comes for 180 ms, then everything that waited at once."""

    def opened(one: Arrival) -> float:
        since = one.at_ms % 2000 - 1000
        return one.at_ms - since + 180 if 0 <= since < 180 else one.at_ms

    return [replace(one, at_ms=opened(one)) for one in said(count)]


def jitter(count: int) -> Capture:
    """Evenly up to 60 ms late, so that packets overtake each other."""
    dice = random.Random(2)
    return arrived([replace(one, at_ms=one.at_ms + round(dice.uniform(0, 60))) for one in said(count)])


def _from_half(count: int, ssrc: int, sequence: int, timestamp: int) -> Capture:
    """From the middle on another stream."""
    return [
        one
        if one.number < count // 2
        else replace(
            one,
            packet=replace(
                one.packet,
                ssrc=ssrc,
                sequence=(one.packet.sequence + sequence) & 0xFFFF,
                timestamp=(one.packet.timestamp + timestamp) & 0xFFFFFFFF,
                marker=one.number == count // 2,
            ),
        )
        for one in said(count)
    ]


def another_source(count: int) -> Capture:
    """Music on hold of another machine, say: SSRC, sequence and timestamps are new, the address is not."""
    return _from_half(count, 0xFEED, 20_000, 1_000_000_000)


def clock_jumps(count: int) -> Capture:
    """The timestamps go an hour ahead, all else goes on."""
    return _from_half(count, SSRC, 0, 3600 * 8000)


def clock_steps_back(count: int) -> Capture:
    """The timestamps go 0.9 s back, all else goes on."""
    return _from_half(count, SSRC, 0, -7200)


def plays_again(count: int) -> Capture:
    """A sound file of packets that begins anew each three seconds: its sequence numbers and timestamps are those of before."""
    return [
        replace(one, packet=replace(one.packet, sequence=one.number % 150, timestamp=one.number % 150 * FRAMES))
        for one in said(count)
    ]


def plays_short_again(count: int, packets: int) -> Capture:
    """A file of so few packets in a circle, without a pause."""
    return [
        replace(one, packet=replace(one.packet, sequence=one.number % packets, timestamp=one.number % packets * FRAMES))
        for one in said(count)
    ]


def stamped(count: int, stamp: Callable[[int], int]) -> Capture:
    """A sender whose timestamps are made otherwise: the n-th's is `stamp(n)`."""
    return [replace(one, packet=replace(one.packet, timestamp=stamp(one.number) & 0xFFFFFFFF)) for one in said(count)]


def keeps_alive(count: int) -> Capture:
    """Each second a packet of a type that nobody agreed on, of the same numbers, and a timestamp that is always the same."""
    kept, sequence = [], FIRST_SEQUENCE
    for one in said(count):
        if one.number % 50 == 25:
            alone = Packet(126, sequence & 0xFFFF, (FIRST_TIMESTAMP + 10**8) & 0xFFFFFFFF, SSRC, b"")
            kept.append(replace(one, packet=alone))
            sequence += 1
        kept.append(replace(one, packet=replace(one.packet, sequence=sequence & 0xFFFF)))
        sequence += 1
    return kept


def pauses(count: int) -> Capture:
    """Silence suppression: 0.7 s of talk, one packet of comfort noise, then nothing for the rest of the second."""
    kept, sequence = [], FIRST_SEQUENCE
    for one in said(count):
        place = one.number % 50
        if place > 35:
            continue
        packet = replace(one.packet, sequence=sequence & 0xFFFF, marker=place == 0)
        if place == 35:
            packet = replace(packet, payload_type=COMFORT_NOISE, payload=bytes([NOISE_DBOV]))
        kept.append(replace(one, packet=packet))
        sequence += 1
    return kept


def drift(count: int, share: float) -> Capture:
    """The sender's clock is slow (more than 0) or fast; it speaks in words, between them its place may be mended."""
    return [replace(one, at_ms=one.at_ms * (1 + share)) for one in said(count, words=True)]


def without_repeats(capture: Capture) -> Capture:
    return list({one.number: one for one in reversed(capture)}.values())[::-1]


def jitter_ms(capture: Capture) -> float:
    """RFC 3550 6.4.1, as its formula says."""
    transits = [one.at_ms - one.number * PACKET_MS for one in capture]
    value = 0.0
    for before, now in pairwise(transits):
        value += (abs(now - before) - value) / 16
    return value


def overtaken(capture: Capture) -> int:
    """How many came after one that was said later."""
    newest, count = -1, 0
    for one in capture:
        count += one.number < newest
        newest = max(newest, one.number)
    return count


def levels(sound: NDArray[np.int16], size: int = 80) -> NDArray[np.float64]:
    """Of each 10 ms, as the share of the tone's own."""
    whole = sound[: len(sound) // size * size].reshape(-1, size).astype(float)
    shares: NDArray[np.float64] = np.sqrt((whole**2).mean(axis=1)) / (AMPLITUDE / np.sqrt(2))
    return shares
