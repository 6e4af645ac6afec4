"""How messages lie in the octets of a connection: one after another (RFC 3261 18.3), or in WebSocket frames (RFC 7118).

A codec knows no socket: octets in, `Read`s out. `websocket` has the other codec.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from softswitch.sip.framing import KeepAlive, StreamFramer


@dataclass(frozen=True, slots=True)
class Write:
    """Octets for the peer: a pong, a handshake answer. `last`: close after them. `greets`: the peer may now be idle."""

    data: bytes
    last: bool = False
    greets: bool = False


Read: TypeAlias = bytes | Write
"""Octets are one whole message."""


class Codec(Protocol):
    """See the module."""

    @property
    def is_idle(self) -> bool:
        """Whether nothing has begun that is not complete."""

    def feed(self, data: bytes) -> Sequence[Read]:
        """What is complete with `data`, in order. Raises BadMessage when the stream cannot be followed any more."""

    def frame(self, message: bytes) -> bytes:
        """One message as octets for the wire."""

    def ping(self) -> bytes:
        """A keep-alive that the peer answers."""

    def farewell(self) -> bytes:
        """What is said before we close, maybe nothing."""


class PlainCodec:
    """Messages delimited by Content-Length; double line ends between them are keep-alives (RFC 5626 3.5.1)."""

    __slots__ = ("_framer",)

    def __init__(self) -> None:
        self._framer = StreamFramer()

    @property
    def is_idle(self) -> bool:
        return self._framer.is_idle

    def feed(self, data: bytes) -> Sequence[Read]:
        return [Write(each.pong) if isinstance(each, KeepAlive) else each for each in self._framer.feed(data)]

    def frame(self, message: bytes) -> bytes:
        return message

    def ping(self) -> bytes:
        return b"\r\n\r\n"

    def farewell(self) -> bytes:
        return b""
