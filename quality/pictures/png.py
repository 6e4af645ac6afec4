"""A grid of colour numbers as a PNG with a palette (ISO/IEC 15948): zlib is all it needs."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PALETTE_COLOURS_MAX = 256


def png(pixels: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """`pixels` (rows, columns) numbers of colours, `palette` (colours, 3) RGB. ValueError for what is no picture."""
    if pixels.ndim != 2 or not pixels.size or palette.shape[1:] != (3,) or not 0 < len(palette) <= PALETTE_COLOURS_MAX:
        raise ValueError("not a picture with a palette")
    rows, columns = pixels.shape
    lines = np.zeros((rows, columns + 1), dtype=np.uint8)
    lines[:, 1:] = pixels
    head = struct.pack(">IIBBBBB", columns, rows, 8, 3, 0, 0, 0)
    parts = (b"IHDR", head), (b"PLTE", palette.tobytes()), (b"IDAT", zlib.compress(lines.tobytes(), 6)), (b"IEND", b"")
    return SIGNATURE + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
