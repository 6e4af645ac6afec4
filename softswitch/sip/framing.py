"""Messages out of a byte stream: TCP, TLS (RFC 3261 18.3, keep-alive RFC 5626 3.5.1). Bounded and linear."""

from __future__ import annotations

import re
from dataclasses import dataclass

from softswitch.sip.errors import BadMessage, NotSip
from softswitch.sip.limits import HEAD_BYTES_MAX, KEEP_ALIVE_BYTES_MAX, MESSAGE_BYTES_MAX
from softswitch.sip.parse import parse_message

_CONTENT_LENGTH = re.compile(
    rb"\r\n(?:Content-Length|l)[ \t]*+:[ \t]*+((?:\r\n[ \t]++)?[^\r\n]*+(?:\r\n[ \t]++[^\r\n]*+)*+)", re.IGNORECASE
)
_PING = b"\r\n\r\n"
_VERSION = re.compile(rb"(?:\A|[ \t])SIP/", re.IGNORECASE)
_FIRST_OCTETS = frozenset(b"!%'*+-._`~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
"""Of a token, as a method is, and of SIP/2.0 (RFC 3261 25.1)."""


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """A double line end between messages: answer it with a single one (`pong`)."""

    pong: bytes = b"\r\n"


class StreamFramer:
    """Feed what was read; get whole messages and keep-alives in order.

    A BadMessage means that the stream cannot be followed any more: answer it if it carries a request, then close.
    It is raised at once, or at the next `feed` when whole frames came before the damage. A first line that cannot be one of
    SIP is such damage (`NotSip`): no end of a head or body is waited for.

    ```
                 line ends                head complete, length n          n octets there
        between -----------> between ; ---------------------------> body ----------------> between
    ```
    """

    __slots__ = ("_broken", "_buffer", "_is_started", "_needed", "_ping_bytes", "_scanned")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._scanned = 0
        self._is_started = False  # the first line of the message at the front was looked at
        self._needed = 0  # octets of the message at the front, 0 while its head is incomplete
        self._ping_bytes = 0
        self._broken: BadMessage | None = None

    @property
    def is_idle(self) -> bool:
        """Whether no message has begun: a connection that stays not idle for long is to be closed."""
        return _PING.startswith(self._buffer)

    def feed(self, data: bytes) -> list[bytes | KeepAlive]:
        """All frames complete with `data`, in order. Raises BadMessage."""
        if self._broken is not None:
            raise self._broken
        self._buffer += data
        self._ping_bytes = 0
        frames: list[bytes | KeepAlive] = []
        try:
            while (frame := self._next()) is not None:
                frames.append(frame)
        except BadMessage as bad:
            self._broken = bad
            if not frames:
                raise
        return frames

    def _next(self) -> bytes | KeepAlive | None:
        if not self._needed:
            if self._take_ping():
                return KeepAlive()
            self._read_head()
        if not self._needed or len(self._buffer) < self._needed:
            return None
        frame = bytes(self._buffer[: self._needed])
        del self._buffer[: self._needed]
        self._needed = self._scanned = 0
        self._is_started = False
        return frame

    def _take_ping(self) -> bool:
        """Drops line ends before a start line; True when four octets of them were a ping."""
        while self._buffer.startswith(b"\r\n"):
            is_ping = self._buffer.startswith(_PING)
            if not is_ping and _PING.startswith(self._buffer):
                return False  # the rest of a ping may be on its way
            size = 4 if is_ping else 2
            self._ping_bytes += size
            if self._ping_bytes > KEEP_ALIVE_BYTES_MAX:
                raise BadMessage(400, "Too Many Line Ends")
            del self._buffer[:size]
            self._scanned = 0
            if is_ping:
                return True
        return False

    def _read_first_line(self) -> None:
        buffer = self._buffer
        if buffer[0] not in _FIRST_OCTETS:
            raise NotSip
        end = buffer.find(b"\n", 0, HEAD_BYTES_MAX)
        self._is_started = end >= 0
        if self._is_started and _VERSION.search(buffer, 0, end) is None:
            raise NotSip

    def _read_head(self) -> None:
        if not (self._is_started or _PING.startswith(self._buffer)):
            self._read_first_line()
        end = self._buffer.find(_PING, max(0, self._scanned - 3))
        self._scanned = len(self._buffer)
        if end > HEAD_BYTES_MAX or (end < 0 and len(self._buffer) > HEAD_BYTES_MAX):
            raise BadMessage(513, "Message Too Large")
        if end < 0:
            return
        length = _content_length(bytes(self._buffer[: end + 4]))
        if end + 4 + length > MESSAGE_BYTES_MAX:
            raise BadMessage(513, "Message Too Large")
        self._needed = end + 4 + length


def _content_length(head: bytes) -> int:
    found = _CONTENT_LENGTH.findall(head)
    if not found:
        return 0
    text = found[0].strip()
    if len(found) == 1 and text.isdigit() and len(text) <= 10:
        return int(text)
    parse_message(head)  # refuses it too, with the request that can be answered
    raise BadMessage(400, "Bad Content-Length")
