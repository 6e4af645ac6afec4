"""Opus (RFC 6716) by the system's libopus through ctypes: one channel, int16 samples. A machine without it has no Opus."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
Rate = Literal[8000, 16000, 48000]

LIBRARY = "libopus.so.0"
BITS_PER_SECOND, WIDE_BITS_PER_SECOND, COMPLEXITY, LOSS_PERCENT = 16000, 24000, 5, 5
PACKET_MS_MAX, PACKET_SIZE_MAX = 120, 1460
_VOIP, _SET_BITRATE, _SET_COMPLEXITY, _SET_FEC, _SET_LOSS = 2048, 4002, 4010, 4012, 4014
_SILK, _CELT = (80, 160, 320, 480), (20, 40, 80, 160)
_NUMBER = ctypes.c_int32


class Unavailable(Exception):
    """There is no libopus on this machine."""


@cache
def _library() -> ctypes.CDLL | None:
    try:
        found = ctypes.CDLL(LIBRARY)
    except OSError:
        return None
    for name in ("opus_decoder_create", "opus_encoder_create", "opus_repacketizer_create"):
        getattr(found, name).restype = ctypes.c_void_p
    return found


def available() -> bool:
    return _library() is not None


def version() -> str:
    """As libopus tells it. Unavailable."""
    function = _loaded().opus_get_version_string
    function.restype = ctypes.c_char_p
    return str(function().decode("ascii", "replace"))


def _loaded() -> ctypes.CDLL:
    library = _library()
    if library is None:
        raise Unavailable(f"{LIBRARY} is not installed")
    return library


class _State:
    """An object of libopus, freed with its owner."""

    def __init__(self, kind: str, *arguments: Any) -> None:
        self.library = _loaded()
        self.address = ctypes.c_void_p(getattr(self.library, f"{kind}_create")(*arguments))
        self._destroy = getattr(self.library, f"{kind}_destroy")
        if not self.address:
            raise MemoryError(f"{kind} cannot be made")

    def __del__(self) -> None:
        if getattr(self, "address", None):
            self._destroy(self.address)


class Decoder:
    """Packets to samples at `rate`."""

    def __init__(self, rate: Rate = 8000) -> None:
        self._state = _State("opus_decoder", _NUMBER(rate), 1, None)
        self._rate = rate
        self._room = rate * PACKET_MS_MAX // 1000

    def decode(self, payload: bytes) -> Samples:
        """What a packet says; empty when it is no Opus."""
        out = np.empty(self._room, np.int16)
        where = out.ctypes.data_as(ctypes.c_void_p)
        size = _NUMBER(len(payload))
        count = (
            self._state.library.opus_decode(self._state.address, payload, size, where, self._room, 0) if payload else 0
        )
        return out[: max(0, count)]

    def recover(self, following: bytes | None, frames: int) -> Samples:
        """A lost packet of so many frames of 8 kHz: from what the next one says of it (FEC), else from what came before."""
        out = np.zeros(frames * self._rate // 8000, np.int16)
        where = out.ctypes.data_as(ctypes.c_void_p)
        size, has_next = _NUMBER(len(following or b"")), int(following is not None)
        count = self._state.library.opus_decode(self._state.address, following, size, where, len(out), has_next)
        return out[: max(0, count)]


class Encoder:
    """Samples at `rate` to packets, for voice."""

    def __init__(self, rate: Rate = 8000, fec: bool = False) -> None:
        self._state = _State("opus_encoder", _NUMBER(rate), 1, _VOIP, None)
        self._unit = rate // 400
        self._room = rate * PACKET_MS_MAX // 1000
        settings = (
            (_SET_BITRATE, BITS_PER_SECOND if rate == 8000 else WIDE_BITS_PER_SECOND),
            (_SET_COMPLEXITY, COMPLEXITY),
        )
        self._set(*settings)
        self.protect(fec)

    def protect(self, fec: bool) -> None:
        """What it says from now on, by in-band FEC or not."""
        self._set((_SET_FEC, int(fec)), (_SET_LOSS, LOSS_PERCENT if fec else 0))

    def _set(self, *settings: tuple[Any, int]) -> None:
        for request, value in settings:
            self._state.library.opus_encoder_ctl(self._state.address, request, _NUMBER(value))

    def encode(self, samples: Samples) -> bytes:
        """One packet of up to 120 ms; what is over a multiple of 2.5 ms is left out. Empty when it cannot be made."""
        count = min(len(samples), self._room) // self._unit * self._unit
        if count == 0:
            return b""
        step = self._piece(count)
        pieces = [self._frame(samples[at : at + step], 1920 // (count // step)) for at in range(0, count, step)]
        return self._pack(pieces) if all(pieces) else b""

    def _piece(self, count: int) -> int:
        """Frames of a packet are of one length (RFC 6716 3.2): what one frame can hold goes as one, the rest in pieces."""
        if count % (8 * self._unit) == 0:
            return count
        return next((size * self._unit for size in (4, 2) if count % (size * self._unit) == 0), self._unit)

    def _frame(self, samples: Samples, room: int) -> bytes:
        out = ctypes.create_string_buffer(room)
        data = np.ascontiguousarray(samples, np.int16)
        where = data.ctypes.data_as(ctypes.c_void_p)
        size = self._state.library.opus_encode(self._state.address, where, len(data), out, _NUMBER(room))
        return out.raw[: max(0, size)]

    @staticmethod
    def _pack(pieces: list[bytes]) -> bytes:
        packer = _State("opus_repacketizer")
        kept = [ctypes.create_string_buffer(piece, len(piece)) for piece in pieces]  # it looks at them until the end
        for piece in kept:
            if packer.library.opus_repacketizer_cat(packer.address, piece, _NUMBER(len(piece))) != 0:
                return b""
        out = ctypes.create_string_buffer(PACKET_SIZE_MAX)
        size = packer.library.opus_repacketizer_out(packer.address, out, _NUMBER(PACKET_SIZE_MAX))
        return out.raw[: max(0, size)]


def frames(payload: bytes) -> int:
    """How long a packet is, in samples of 8 kHz (RFC 6716 3.1); 0 when its first octets make no sense."""
    if not payload:
        return 0
    mode, code = payload[0] >> 3, payload[0] & 3
    each = _SILK[mode & 3] if mode < 12 else _SILK[mode & 1] if mode < 16 else _CELT[mode & 3]
    count = 1 if code == 0 else 2 if code < 3 else payload[1] & 63 if len(payload) > 1 else 0
    return each * count if each * count <= 960 else 0
