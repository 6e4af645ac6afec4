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
FRAMES_MAX = 1460


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
    return tuple(coding.name for coding in CODINGS if is_available(coding.name))


def is_available(name: str) -> bool:
    """Whether it is a coding that this machine can speak."""
    return name in SCALES and (name != "opus" or opus.available())


def scale_event(payload: bytes, from_scale: int, to_scale: int) -> bytes:
    """A telephone event with its duration (RFC 4733 2.3.5) on another clock."""
    if from_scale == to_scale or len(payload) < 4:
        return payload
    duration = min(int.from_bytes(payload[2:4], "big") * to_scale // from_scale, 0xFFFF)
    return payload[:2] + duration.to_bytes(2, "big") + payload[4:]


WIDE = frozenset({1, 2, 4})  # the numbers of those that can carry 16 kHz
_RECOVERED_MAX = 3


class _Codec(Protocol):
    """`wide`: samples are of 16 kHz, two in a frame of 8 kHz; else of 8 kHz."""

    wide: bool

    def widen(self, wide: bool) -> None: ...

    def frames(self, payload: bytes) -> int: ...

    def decode(self, payload: bytes) -> Samples: ...

    def encode(self, samples: Samples) -> bytes: ...


class _G722:
    def __init__(self) -> None:
        self.wide = False
        self._decoder, self._encoder = g722.Decoder(), g722.Encoder()
        self.decode, self.encode = self._decoder.decode, self._encoder.encode

    def widen(self, wide: bool) -> None:
        self.wide = self._decoder.wide = self._encoder.wide = wide

    def frames(self, payload: bytes) -> int:
        return len(payload)


class _Opus:
    def __init__(self, fec: bool) -> None:
        self.fec = fec
        self.widen(False)
        self.frames = opus.frames

    def widen(self, wide: bool) -> None:
        """Another rate is another stream: both directions begin anew."""
        self.wide = wide
        rate: opus.Rate = 16000 if wide else 8000
        self._decoder, self._encoder = opus.Decoder(rate), opus.Encoder(rate, self.fec)
        self.decode, self.encode = self._decoder.decode, self._encoder.encode
        self.recover = self._decoder.recover

    def protect(self, fec: bool) -> None:
        self.fec = fec
        self._encoder.protect(fec)


class _Linear:
    wide = False

    def widen(self, wide: bool) -> None:
        """It cannot be."""

    def frames(self, payload: bytes) -> int:
        return len(payload) // 2

    def decode(self, payload: bytes) -> Samples:
        return l16.decode(payload)

    def encode(self, samples: Samples) -> bytes:
        return l16.encode(samples)


class _LinearWide:
    def __init__(self, down: halfband.Down, up: halfband.Up) -> None:
        self.wide = False
        self._down, self._up = down, up

    def widen(self, wide: bool) -> None:
        self.wide = wide

    def frames(self, payload: bytes) -> int:
        return len(payload) // 4

    def decode(self, payload: bytes) -> Samples:
        samples = l16.decode(payload[: len(payload) // 4 * 4])
        return samples if self.wide else self._down.run(samples)

    def encode(self, samples: Samples) -> bytes:
        return l16.encode(samples if self.wide else self._up.run(samples))


class Voice:
    """One leg's coding and its clocks."""

    def __init__(self, number: int = 0, event_scale: int = 1, fec: bool = False) -> None:
        self._down, self._down_sent, self._up = halfband.Down(), halfband.Down(), halfband.Up()
        self.codec = self._codec(number, fec)
        self.number = number if self.codec is not None else 0
        self.asked = number
        self.event_scale = max(1, event_scale)
        self.clock_scale = next(coding.clock_scale for coding in CODINGS if coding.number == self.number)
        self._heard, self._heard_stamp, self._heard_frames = False, 0, 0
        self._sequence: int | None = None
        self._end = 0

    def _codec(self, number: int, fec: bool) -> _Codec | None:
        match number:
            case 1:
                return _G722()
            case 2:
                return _Opus(fec) if opus.available() else None
            case 3:
                return _Linear()
            case 4:
                return _LinearWide(self._down, self._up)
        return None

    @property
    def wide(self) -> bool:
        """Samples are of 16 kHz."""
        return self.codec is not None and self.codec.wide

    @property
    def can_be_wide(self) -> bool:
        return self.number in WIDE

    def widen(self, wide: bool) -> None:
        if self.codec is not None and self.codec.wide != wide:
            self._sequence = None
            self.codec.widen(wide)

    def set_fec(self, fec: bool) -> None:
        """From now on; the stream goes on."""
        if isinstance(self.codec, _Opus):
            self.codec.protect(fec)

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
        """The samples of a packet, none when it is not understood."""
        if self.codec is None or self.frames(payload) == 0:
            return np.zeros(0, np.int16)
        return self.codec.decode(payload)

    def forget_order(self) -> None:
        """Another stream comes: nothing before it is lost."""
        self._sequence = None

    def recover(self, sequence: int, timestamp: int, payload: bytes) -> list[Samples]:
        """What of the packets before this one is lost, as far as the coding can make it up; in order."""
        before, end, frames = self._sequence, self._end, self.frames(payload)
        ahead = 1 if before is None else sequence - before & 0xFFFF
        if ahead == 0 or ahead >= 0x8000:
            return []
        self._sequence, self._end = sequence, timestamp + frames & 0xFFFFFFFF
        lost, codec = ahead - 1, self.codec
        if (
            not isinstance(codec, _Opus)
            or not 0 < lost <= _RECOVERED_MAX
            or (timestamp - end) & 0xFFFFFFFF != lost * frames
        ):
            return []
        return [codec.recover(payload if n == lost - 1 else None, frames) for n in range(lost)]

    def narrowed(self, samples: Samples) -> Samples:
        """What came, at 8 kHz."""
        return self._down.run(samples) if self.wide else samples

    def narrowed_sent(self, samples: Samples) -> Samples:
        """What goes, at 8 kHz."""
        return self._down_sent.run(samples) if self.wide else samples

    def encode(self, samples: Samples) -> bytes:
        """The payload, empty when it cannot be made."""
        size = len(samples) // (2 if self.wide else 1)
        return self.codec.encode(samples) if self.codec is not None and 0 < size <= FRAMES_MAX else b""

    def encode_narrow(self, samples: Samples) -> bytes:
        """The payload of samples of 8 kHz."""
        return self.encode(self._up.run(samples) if self.wide else samples)
