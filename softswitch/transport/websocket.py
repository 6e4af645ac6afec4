"""SIP in WebSocket frames, the server's side: opening, framing, limits (RFC 6455, RFC 7118); one message a frame set.

```
            upgrade                 close, error
  opening -----------> open -----------------------> closed
      | no upgrade: 400, 403, 426
      +----------------------------------------------> closed
```
Octets in, `Read`s out; no socket. Messages come in text or binary frames and go out as text, binary when they are not
UTF-8 (RFC 7118 5).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections.abc import Container, Sequence
from enum import Enum, IntEnum

from softswitch.sip.limits import MESSAGE_BYTES_MAX
from softswitch.transport.codec import Read, Write
from softswitch.transport.limits import HANDSHAKE_BYTES_MAX, WEBSOCKET_FRAMES_MAX

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_PING = b"\r\n\r\n"


class State(Enum):
    OPENING = "opening"
    OPEN = "open"
    CLOSED = "closed"


class Opcode(IntEnum):
    """RFC 6455 5.2."""

    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


class Refused(Exception):
    """The opening request is not taken: an HTTP status with its reason."""

    def __init__(self, status: str, *headers: str) -> None:
        super().__init__(status)
        self.status, self.headers = status, headers


class Broken(Exception):
    """The peer's frames break a rule: the close code to send (RFC 6455 7.4.1)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code, self.reason = code, reason


class WebSocketCodec:
    """One connection. `origins`: the web pages whose scripts may connect, empty: all (RFC 6455 10.2); and `sites` too."""

    def __init__(self, origins: frozenset[str] = frozenset(), sites: Container[str] = frozenset()) -> None:
        self._origins, self._sites = origins, sites
        self._buffer = bytearray()
        self._message = bytearray()
        self._kind: Opcode | None = None  # of the message whose fragments come in
        self._frames = 0
        self.state = State.OPENING

    @property
    def is_idle(self) -> bool:
        return self.state is State.CLOSED or not (self._buffer or self._kind is not None or self.state is State.OPENING)

    def feed(self, data: bytes) -> Sequence[Read]:
        if self.state is State.CLOSED:
            return ()
        self._buffer += data
        reads: list[Read] = []
        if self.state is State.OPENING:
            opened = self._open()
            if opened is None:
                return ()
            reads.append(opened)
        self._frames = 0 if self._kind is None else self._frames
        try:
            while self.state is State.OPEN and (frame := self._next()) is not None:
                read = self._take(*frame)
                if read is not None:
                    reads.append(read)
        except Broken as broken:
            reads.append(self._close(broken.code, broken.reason))
        return reads

    def frame(self, message: bytes) -> bytes:
        if self.state is not State.OPEN:
            return b""
        return frame(Opcode.TEXT if _is_text(message) else Opcode.BINARY, message)

    def ping(self) -> bytes:
        return frame(Opcode.PING, b"") if self.state is State.OPEN else b""

    def farewell(self) -> bytes:
        return self._close(1001, "going away").data if self.state is State.OPEN else b""

    # --- opening ---

    def _open(self) -> Write | None:
        end = self._buffer.find(b"\r\n\r\n", 0, HANDSHAKE_BYTES_MAX)
        if end < 0 and len(self._buffer) < HANDSHAKE_BYTES_MAX:
            return None
        try:
            if end < 0:
                raise Refused("431 Request Header Fields Too Large")
            answer = accept(bytes(self._buffer[:end]), self._origins, self._sites)
        except Refused as refused:
            self.state = State.CLOSED
            self._buffer.clear()
            lines = [f"HTTP/1.1 {refused.status}", *refused.headers, "Connection: close", "Content-Length: 0", "", ""]
            return Write("\r\n".join(lines).encode(), last=True)
        del self._buffer[: end + 4]
        self.state = State.OPEN
        return Write(answer, greets=True)

    # --- frames ---

    def _next(self) -> tuple[Opcode, bool, bytes] | None:
        """The frame at the front, unmasked; None while it is not complete. Raises Broken."""
        if len(self._buffer) < 2:
            return None
        first, second = self._buffer[0], self._buffer[1]
        opcode = _check_head(first, second)
        length, at = second & 0x7F, 2
        if length >= 126:
            size = 2 if length == 126 else 8
            if len(self._buffer) < 2 + size:
                return None
            length, at = int.from_bytes(self._buffer[2 : 2 + size], "big"), 2 + size
        if length + len(self._message) > MESSAGE_BYTES_MAX:
            raise Broken(1009, "message too large")
        if len(self._buffer) < at + 4 + length:
            return None
        payload = _unmasked(bytes(self._buffer[at + 4 : at + 4 + length]), bytes(self._buffer[at : at + 4]))
        del self._buffer[: at + 4 + length]
        return opcode, bool(first & 0x80), payload

    def _take(self, opcode: Opcode, is_last: bool, payload: bytes) -> Read | None:
        self._frames += 1
        if self._frames > WEBSOCKET_FRAMES_MAX:
            raise Broken(1008, "too many frames")
        match opcode:
            case Opcode.PING:
                return Write(frame(Opcode.PONG, payload))
            case Opcode.PONG:
                return None
            case Opcode.CLOSE:
                return self._closed_by_peer(payload)
            case _:
                return self._collect(opcode, is_last, payload)

    def _collect(self, opcode: Opcode, is_last: bool, payload: bytes) -> Read | None:
        if (opcode is Opcode.CONTINUATION) is (self._kind is None):
            raise Broken(1002, "fragments out of order")
        self._kind = self._kind or opcode
        self._message += payload
        if not is_last:
            return None
        kind, message = self._kind, bytes(self._message)
        self._kind = None
        self._frames = 0
        self._message.clear()
        if kind is Opcode.TEXT and not _is_text(message):
            raise Broken(1007, "not UTF-8")
        if message == _PING:  # the keep-alive of RFC 5626, as some clients send it here too
            return Write(self.frame(b"\r\n"))
        return message

    def _closed_by_peer(self, payload: bytes) -> Write:
        code = int.from_bytes(payload[:2], "big") if len(payload) >= 2 else 1000
        if len(payload) == 1 or not _may_be_sent(code) or not _is_text(payload[2:]):
            raise Broken(1002, "bad close frame")
        return self._close(code, "")

    def _close(self, code: int, reason: str) -> Write:
        self.state = State.CLOSED
        self._buffer.clear()
        self._message.clear()
        return Write(frame(Opcode.CLOSE, struct.pack("!H", code) + reason.encode()), last=True)


def accept(head: bytes, origins: frozenset[str], sites: Container[str] = frozenset()) -> bytes:
    """The answer to an opening request (its lines without the empty one). Raises Refused (RFC 6455 4.2, RFC 7118 4)."""
    start, _, rest = head.decode("latin-1").partition("\r\n")
    parts = start.split(" ")
    if len(parts) != 3 or parts[0] != "GET" or parts[2] != "HTTP/1.1":
        raise Refused("400 Bad Request")
    fields: dict[str, str] = {}
    for line in rest.split("\r\n") if rest else ():
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise Refused("400 Bad Request")
        key, value = name.lower(), value.strip()
        fields[key] = f"{fields[key]}, {value}" if key in fields else value
    if "websocket" not in _tokens(fields.get("upgrade")) or "upgrade" not in _tokens(fields.get("connection")):
        raise Refused("426 Upgrade Required", "Upgrade: websocket", "Sec-WebSocket-Protocol: sip")
    if fields.get("sec-websocket-version") != "13":
        raise Refused("426 Upgrade Required", "Sec-WebSocket-Version: 13")
    key = fields.get("sec-websocket-key", "")
    if "host" not in fields or not _is_nonce(key):
        raise Refused("400 Bad Request")
    if "sip" not in _tokens(fields.get("sec-websocket-protocol")):
        raise Refused("400 Sub-Protocol sip Needed")
    origin = fields.get("origin")
    if origins and origin is not None and origin.lower() not in origins and origin.lower() not in sites:
        raise Refused("403 Forbidden")
    proof = base64.b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()).decode()
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"Sec-WebSocket-Accept: {proof}", "Sec-WebSocket-Protocol: sip", "", ""]
    return "\r\n".join(lines).encode()


def frame(opcode: Opcode, payload: bytes) -> bytes:
    """One whole frame from the server: not masked."""
    length = len(payload)
    if length < 126:
        return bytes((0x80 | opcode, length)) + payload
    if length < 65_536:
        return bytes((0x80 | opcode, 126)) + struct.pack("!H", length) + payload
    return bytes((0x80 | opcode, 127)) + struct.pack("!Q", length) + payload


def _check_head(first: int, second: int) -> Opcode:
    try:
        opcode = Opcode(first & 0x0F)
    except ValueError as error:
        raise Broken(1002, "unknown opcode") from error
    if first & 0x70:
        raise Broken(1002, "no extension was agreed")
    if not second & 0x80:
        raise Broken(1002, "clients mask their frames")
    if opcode >= Opcode.CLOSE and (not first & 0x80 or second & 0x7F > 125):
        raise Broken(1002, "bad control frame")
    return opcode


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    size = len(payload)
    key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
    return (int.from_bytes(payload, "big") ^ key).to_bytes(size, "big")


def _may_be_sent(code: int) -> bool:
    return code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011) or 3000 <= code <= 4999


def _tokens(value: str | None) -> list[str]:
    return [token.strip().lower() for token in (value or "").split(",")]


def _is_nonce(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        return False


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
