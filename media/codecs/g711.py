"""ITU-T G.711, both laws, as look-up tables on arrays: (n,) uint8 code words <-> (n,) int16 samples."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Law = Literal["PCMU", "PCMA"]
Codes = NDArray[np.uint8]
Samples = NDArray[np.int16]

SILENCE: dict[Law, int] = {"PCMU": 0xFF, "PCMA": 0xD5}


def decode(law: Law, codes: Codes) -> Samples:
    """Samples of code words. Full scale is 32124 (mu) or 32256 (A)."""
    result: Samples = decode_table(law)[codes]
    return result


def encode(law: Law, samples: Samples) -> Codes:
    """Code words of samples, clipped at the law's full scale."""
    result: Codes = encode_table(law)[samples.astype(np.int16).view(np.uint16)]
    return result


def transcode(source: Law, codes: Codes) -> Codes:
    """Code words of the other law that stand for the same samples."""
    return encode("PCMA" if source == "PCMU" else "PCMU", decode(source, codes))


@cache
def decode_table(law: Law) -> Samples:
    """(256,) int16."""
    codes = np.arange(256)
    if law == "PCMU":
        inverted = 255 - codes
        magnitude = (((inverted & 15) << 3) + 132 << (inverted >> 4 & 7)) - 132
        return np.where(inverted & 128, -magnitude, magnitude).astype(np.int16)
    even = codes ^ 0x55
    segment, base = even >> 4 & 7, (even & 15) * 16 + 8
    magnitude = np.where(segment == 0, base, base + 256 << np.maximum(segment - 1, 0))
    return np.where(even & 128, magnitude, -magnitude).astype(np.int16)


@cache
def encode_table(law: Law) -> Codes:
    """(65536,) uint8, indexed by the sample's bits as uint16."""
    samples = np.arange(65536).astype(np.uint16).view(np.int16).astype(np.int32)
    if law == "PCMU":
        magnitude = np.minimum(np.abs(samples), 32635) + 132
        segment = np.floor(np.log2(magnitude)).astype(int) - 7
        codes = 255 - (np.where(samples < 0, 128, 0) | segment << 4 | magnitude >> segment + 3 & 15)
    else:
        magnitude = np.where(samples >= 0, samples, -samples - 1)
        segment = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(int) - 7, 0)
        mantissa = magnitude >> np.where(segment == 0, 4, segment + 3) & 15
        codes = (np.where(samples >= 0, 128, 0) | segment << 4 | mantissa) ^ 0x55
    result: Codes = codes.astype(np.uint8)
    return result
