"""ITU-T G.722 at 64 kbit/s: one octet is two samples of 16 kHz, or, on the lower sub-band alone, one of 8 kHz.

Its RTP clock is 8,000 (RFC 3551 4.5.2). Samples are int16 arrays. This is the twin of kernels/g722.c, sample by sample.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
Rate = Literal[8000, 16000]

_TWO_BITS = (-7408, -1616, 7408, 1616)
_FOUR_BITS = (0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0)
_STEPS = (24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456)
_FINE = (4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728)
_HALF = (*_STEPS, *_FINE)
_SIX_BITS = (-136, -136, -136, -136, *(-step for step in _HALF), *_HALF, 432, 136, -432, -136)
_DECISION = (0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121)
_DECISIONS = (*_DECISION, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919)
_LOWER_WEIGHT = (-60, -30, 58, 172, 334, 538, 1198, 3042)
_LOWER_STEP = (0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0)
_UPPER_WEIGHT = (798, -214)
_INVERSE_LOG = tuple(round(2048 * 2 ** (i / 32)) for i in range(32))
_MIRROR = (3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11)


def _word(value: int) -> int:
    return -32768 if value < -32768 else 32767 if value > 32767 else value


@dataclass(slots=True)
class Band:
    """One sub-band's adaptive predictor and quantiser (G.722 3.6)."""

    scale: int
    log_max: int
    shift: int
    scale_log: int = 0
    predicted: int = 0
    predicted_zero: int = 0
    pole: list[int] = field(default_factory=lambda: [0, 0])
    memory: list[int] = field(default_factory=lambda: [0, 0])
    partial: list[int] = field(default_factory=lambda: [0, 0])
    zero: list[int] = field(default_factory=lambda: [0] * 6)
    difference: list[int] = field(default_factory=lambda: [0] * 6)

    def learn(self, level: int, weight: int) -> None:
        """Scale factor and predictor after one code, whose inverse quantiser gives `level`."""
        difference = self.scale * level >> 15
        self.scale_log = min(max((self.scale_log * 127 >> 7) + weight, 0), self.log_max)
        mantissa, down = _INVERSE_LOG[self.scale_log >> 6 & 31], self.shift - (self.scale_log >> 11)
        self.scale = (mantissa << -down if down < 0 else mantissa >> down) * 4
        self._predict(difference)

    def _predict(self, difference: int) -> None:
        rebuilt, partial = _word(self.predicted + difference), _word(self.predicted_zero + difference)
        self._adapt_poles(partial)
        step = 128 if difference else 0
        for i, old in enumerate(self.difference):
            same = (difference < 0) == (old < 0)
            self.zero[i] = _word((step if same else -step) + (self.zero[i] * 32640 >> 15))
        self.difference = [difference, *self.difference[:5]]
        self.memory = [rebuilt, self.memory[0]]
        self.partial = [partial, self.partial[0]]
        poles = sum(a * _word(2 * r) >> 15 for a, r in zip(self.pole, self.memory, strict=True))
        zeros = sum(b * _word(2 * d) >> 15 for b, d in zip(self.zero, self.difference, strict=True))
        self.predicted_zero = _word(zeros)
        self.predicted = _word(_word(poles) + self.predicted_zero)

    def _adapt_poles(self, partial: int) -> None:
        same = [(partial < 0) == (old < 0) for old in self.partial]
        first = _word(self.pole[0] * 4)
        second = _word(-first if same[0] else first) >> 7
        second = min(max(second + (128 if same[1] else -128) + (self.pole[1] * 32512 >> 15), -12288), 12288)
        bound = _word(15360 - second)
        first = _word((192 if same[0] else -192) + (self.pole[0] * 32640 >> 15))
        self.pole = [min(max(first, -bound), bound), second]


def _lower() -> Band:
    return Band(32, 18432, 8)


def _upper() -> Band:
    return Band(8, 22528, 10)


def _learn_lower(band: Band, code: int) -> None:
    band.learn(_FOUR_BITS[code >> 2], _LOWER_WEIGHT[_LOWER_STEP[code >> 2]])


def _learn_upper(band: Band, code: int) -> None:
    band.learn(_TWO_BITS[code], _UPPER_WEIGHT[code & 1])


def _quantise_lower(band: Band, sample: int) -> int:
    error = _word(sample - band.predicted)
    size = error if error >= 0 else -(error + 1)
    level = next((i for i in range(1, 30) if size < _DECISIONS[i] * band.scale >> 12), 30)
    if error >= 0:
        return 62 - level
    return 64 - level if level < 3 else 34 - level


def _quantise_upper(band: Band, sample: int) -> int:
    error = _word(sample - band.predicted)
    size = error if error >= 0 else -(error + 1)
    return (2 if error >= 0 else 0) + (size < 564 * band.scale >> 12)


class Decoder:
    """Octets to samples at `rate`."""

    def __init__(self, rate: Rate = 8000) -> None:
        self.wide = rate == 16000
        self._lower, self._upper = _lower(), _upper()
        self._line = [0] * 24

    def decode(self, octets: bytes) -> Samples:
        """(n * rate / 8000,) samples of n octets."""
        out: list[int] = []
        for octet in octets:
            code = octet & 63
            lower = self._lower.predicted + (self._lower.scale * _SIX_BITS[code] >> 15)
            lower = min(max(lower, -16384), 16383)
            _learn_lower(self._lower, code)
            if self.wide:
                out += self._join(lower, octet >> 6)
            else:
                out.append(2 * lower)
        return np.array(out, np.int16)

    def _join(self, lower: int, code: int) -> tuple[int, int]:
        upper = self._upper.predicted + (self._upper.scale * _TWO_BITS[code] >> 15)
        upper = min(max(upper, -16384), 16383)
        _learn_upper(self._upper, code)
        self._line = [*self._line[2:], lower + upper, lower - upper]
        first = sum(x * tap for x, tap in zip(self._line[1::2], reversed(_MIRROR), strict=True))
        second = sum(x * tap for x, tap in zip(self._line[::2], _MIRROR, strict=True))
        return _word(first >> 11), _word(second >> 11)


class Encoder:
    """Samples at `rate` to octets."""

    def __init__(self, rate: Rate = 8000) -> None:
        self.wide = rate == 16000
        self._lower, self._upper = _lower(), _upper()
        self._line = [0] * 24

    def encode(self, samples: Samples) -> bytes:
        """An octet for each sample of 8 kHz, or for two of 16 kHz."""
        bands = self._split(samples.tolist()) if self.wide else [(sample >> 1, 0) for sample in samples.tolist()]
        out = bytearray()
        for low, high in bands:
            lower, upper = _quantise_lower(self._lower, low), _quantise_upper(self._upper, high)
            _learn_lower(self._lower, lower)
            _learn_upper(self._upper, upper)
            out.append(upper << 6 | lower)
        return bytes(out)

    def _split(self, samples: list[int]) -> list[tuple[int, int]]:
        bands = []
        for even, odd in zip(samples[::2], samples[1::2], strict=True):
            self._line = [*self._line[2:], even, odd]
            first = sum(x * tap for x, tap in zip(self._line[::2], _MIRROR, strict=True))
            second = sum(x * tap for x, tap in zip(self._line[1::2], reversed(_MIRROR), strict=True))
            bands.append((first + second >> 14, second - first >> 14))
        return bands
