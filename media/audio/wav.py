"""The RIFF WAVE format: the 44-byte header we write, and reading the files people bring. Bytes and arrays only."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from media.codecs import g711

HEADER_SIZE = 44
SAMPLE_SIZE = 2
FORMAT_PCM, FORMAT_ALAW, FORMAT_MULAW, FORMAT_EXTENSIBLE = 1, 6, 7, 0xFFFE
CHUNKS_MAX = 100
DATA_SIZE_MAX = 0xFFFFFFFF - HEADER_SIZE


class BadWave(ValueError):
    """The bytes are no WAVE file we can play; the text says why."""


@dataclass(frozen=True, slots=True)
class Wave:
    """Decoded audio: `samples` (frames, channels) int16 at `rate` samples a second."""

    rate: int
    samples: NDArray[np.int16]


def header(channels: int, frames: int, rate: int = 8000) -> bytes:
    """The header of 16-bit PCM with this many frames following."""
    size = min(frames * channels * SAMPLE_SIZE, DATA_SIZE_MAX)
    frame_size = channels * SAMPLE_SIZE
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        size + HEADER_SIZE - 8,
        b"WAVE",
        b"fmt ",
        16,
        FORMAT_PCM,
        channels,
        rate,
        rate * frame_size,
        frame_size,
        8 * SAMPLE_SIZE,
        b"data",
        size,
    )


def repaired_header(head: bytes, file_size: int) -> bytes | None:
    """What the first 44 bytes of a file of ours should be, None when they are right already or it is not one of ours."""
    if len(head) < HEADER_SIZE or head[:4] != b"RIFF" or head[8:16] != b"WAVEfmt " or head[36:40] != b"data":
        return None
    kind, channels, rate = struct.unpack_from("<HHI", head, 20)
    if kind != FORMAT_PCM or channels not in (1, 2) or struct.unpack_from("<H", head, 34) != (16,):
        return None
    right = header(channels, (file_size - HEADER_SIZE) // (channels * SAMPLE_SIZE), rate)
    return None if right == head[:HEADER_SIZE] else right


def parse(data: bytes) -> Wave:
    """16-bit PCM, mu-law or A-law, any rate, 1 or 2 channels. BadWave for anything else. Linear in the size."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise BadWave("not a RIFF WAVE file")
    form: tuple[int, int, int, int] | None = None
    at = 12
    for _ in range(CHUNKS_MAX):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        body = data[at + 8 : at + 8 + size]
        if name == b"fmt " and len(body) >= 16:
            kind, channels, rate, _bytes, _frame, bits = struct.unpack_from("<HHIIHH", body)
            kind = int.from_bytes(body[24:26], "little") if kind == FORMAT_EXTENSIBLE and len(body) >= 26 else kind
            form = kind, channels, rate, bits
        elif name == b"data" and form is not None:
            return _decode(body, *form)
        elif not name:
            break
        at += 8 + size + (size & 1)
    raise BadWave("no format or no data chunk")


def _decode(body: bytes, kind: int, channels: int, rate: int, bits: int) -> Wave:
    if channels not in (1, 2) or not 4000 <= rate <= 192000:
        raise BadWave(f"{channels} channels at {rate} Hz")
    if kind == FORMAT_PCM and bits == 16:
        flat = np.frombuffer(body[: len(body) // 2 * 2], dtype="<i2").astype(np.int16)
    elif kind in (FORMAT_ALAW, FORMAT_MULAW) and bits == 8:
        flat = g711.decode("PCMA" if kind == FORMAT_ALAW else "PCMU", np.frombuffer(body, dtype=np.uint8))
    else:
        raise BadWave(f"format {kind} with {bits} bits is not supported")
    frames = len(flat) // channels
    return Wave(rate, flat[: frames * channels].reshape(frames, channels))
