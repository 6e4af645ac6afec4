"""What a leg speaks when it is not G.711: linear samples of 8 kHz made of it and it of them. The twin of kernels/voice.c.

A coding is a row of CODINGS; a leg has one `Voice` of it, with the state of both directions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from media.audio import halfband
from media.codecs import g722, l16, opus

Samples = NDArray[np.int16]
FRAMES_MAX = 1400


@dataclass(frozen=True, slots=True)
class Coding:
    """`number` as in kernels/voice.h; `clock_scale`: the RTP clock in units of 8 kHz."""

    name: str
    number: int
    clock_scale: int = 1


CODINGS = (
    Coding("PCMU", 0),
    Coding("PCMA", 0),
    Coding("G722", 1),
    Coding("opus", 2, 6),
    Coding("L16/8000", 3),
    Coding("L16/16000", 4, 2),
)
NUMBERS = {coding.name: coding.number for coding in CODINGS}
SCALES = {coding.name: coding.clock_scale for coding in CODINGS}


def available() -> tuple[str, ...]:
    """The names of the codings this machine can speak."""
    return tuple(coding.name for coding in CODINGS if coding.name != "opus" or opus.available())


def scale_event(payload: bytes, from_scale: int, to_scale: int) -> bytes:
    """A telephone event with its duration (RFC 4733 2.3.5) on another clock."""
    if from_scale == to_scale or len(payload) < 4:
        return payload
    duration = min(int.from_bytes(payload[2:4], "big") * to_scale // from_scale, 0xFFFF)
    return payload[:2] + duration.to_bytes(2, "big") + payload[4:]


class _Codec(Protocol):
    def frames(self, payload: bytes) -> int: ...

    def decode(self, payload: bytes) -> Samples: ...

    def encode(self, samples: Samples) -> bytes: ...


class _G722:
    def __init__(self) -> None:
        self.decode = g722.Decoder().decode
        self.encode = g722.Encoder().encode

    def frames(self, payload: bytes) -> int:
        return len(payload)


class _Opus:
    def __init__(self, fec: bool) -> None:
        self.decode = opus.Decoder().decode
        self.encode = opus.Encoder(fec=fec).encode
        self.frames = opus.frames


class _Linear:
    def frames(self, payload: bytes) -> int:
        return len(payload) // 2

    def decode(self, payload: bytes) -> Samples:
        return l16.decode(payload)

    def encode(self, samples: Samples) -> bytes:
        return l16.encode(samples)


class _LinearWide:
    def __init__(self) -> None:
        self._down, self._up = halfband.Down(), halfband.Up()

    def frames(self, payload: bytes) -> int:
        return len(payload) // 4

    def decode(self, payload: bytes) -> Samples:
        return self._down.run(l16.decode(payload[: len(payload) // 4 * 4]))

    def encode(self, samples: Samples) -> bytes:
        return l16.encode(self._up.run(samples))


def _codec(number: int, fec: bool) -> _Codec | None:
    match number:
        case 1:
            return _G722()
        case 2:
            return _Opus(fec) if opus.available() else None
        case 3:
            return _Linear()
        case 4:
            return _LinearWide()
    return None


class Voice:
    """One leg's coding and its clocks."""

    def __init__(self, number: int = 0, event_scale: int = 1, fec: bool = False) -> None:
        self.codec = _codec(number, fec)
        self.number = number if self.codec is not None else 0
        self.asked = number
        self.event_scale = max(1, event_scale)
        self.clock_scale = next(coding.clock_scale for coding in CODINGS if coding.number == self.number)
        self._heard, self._heard_stamp, self._heard_frames = False, 0, 0

    def stamp(self, stamp: int) -> int:
        """A timestamp that came, on the clock of 8 kHz: by steps, since clocks of other rates turn over at other times."""
        if self.clock_scale == 1:
            return stamp
        if not self._heard:
            self._heard, self._heard_stamp, self._heard_frames = True, stamp, stamp // self.clock_scale
        step = stamp - self._heard_stamp & 0xFFFFFFFF
        frames = (step - ((step >> 31) << 32)) // self.clock_scale
        at = self._heard_frames + frames & 0xFFFFFFFF
        if frames > 0:
            self._heard_frames = at
            self._heard_stamp = self._heard_stamp + frames * self.clock_scale & 0xFFFFFFFF
        return at

    def frames(self, payload: bytes) -> int:
        """The length of a packet in samples of 8 kHz; 0 when it is not understood."""
        count = self.codec.frames(payload) if self.codec is not None else len(payload)
        return count if count <= FRAMES_MAX else 0

    def decode(self, payload: bytes) -> Samples:
        """Samples of 8 kHz, none when it is not understood."""
        if self.codec is None or self.frames(payload) == 0:
            return np.zeros(0, np.int16)
        return self.codec.decode(payload)

    def encode(self, samples: Samples) -> bytes:
        """The payload, empty when it cannot be made."""
        return self.codec.encode(samples) if self.codec is not None and 0 < len(samples) <= FRAMES_MAX else b""
