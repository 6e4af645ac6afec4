"""The far ends of connections to a switch of memory: TCP, TLS, WebSocket."""

from __future__ import annotations

import ssl
from contextlib import suppress
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.testing import StringTransport

from softswitch.sip.framing import KeepAlive, StreamFramer
from softswitch.transport.websocket import Opcode, frame

SIP_HOST, SIP_PORT = "127.0.0.1", 5060
OPENING = (
    b"GET / HTTP/1.1\r\nHost: pbx\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\n\r\n"
)


class _TcpTransport(StringTransport):
    """A connection that can be closed by both ends."""

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Memory delays nothing."""

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Memory loses nothing."""


class TcpPeer:
    """The far end of one connection to the switch."""

    def __init__(self, protocol: Any, address: tuple[str, int]) -> None:
        kind = IPv6Address if ":" in address[0] else IPv4Address
        self._protocol = protocol
        self._framer = StreamFramer()
        self._transport = _TcpTransport(IPv4Address("TCP", SIP_HOST, SIP_PORT), kind("TCP", *address))
        protocol.makeConnection(self._transport)

    def send(self, data: bytes) -> None:
        """Octets, whole messages or not."""
        self._protocol.dataReceived(data)

    @property
    def closed(self) -> bool:
        """Whether the switch closed the connection."""
        return bool(self._transport.disconnecting)

    def got(self) -> list[bytes]:
        """The messages that came since the last look."""
        data = self._transport.value()
        self._transport.clear()
        return [frame for frame in self._framer.feed(data) if not isinstance(frame, KeepAlive)]


class WebSocketPeer(TcpPeer):
    """The far end of one connection to the switch's WebSocket port."""

    def __init__(self, protocol: Any, address: tuple[str, int]) -> None:
        super().__init__(protocol, address)
        self._protocol.dataReceived(OPENING)
        assert self._transport.value().startswith(b"HTTP/1.1 101 ")
        self._transport.clear()

    def send(self, data: bytes) -> None:
        """One message in one frame, masked with zeros."""
        head = frame(Opcode.BINARY, data)
        size = len(head) - len(data)
        self._protocol.dataReceived(bytes((head[0], head[1] | 0x80)) + head[2:size] + bytes(4) + data)

    def got(self) -> list[bytes]:
        """The messages that came since the last look."""
        data, messages = self._transport.value(), []
        self._transport.clear()
        while data:
            size, at = data[1], 2
            if size == 126:
                size, at = int.from_bytes(data[2:4], "big"), 4
            if data[0] & 0x0F < Opcode.CLOSE:
                messages.append(data[at : at + size])
            data = data[at + size :]
        return messages


class TlsPeer(TcpPeer):
    """The far end of one connection to the switch's TLS port."""

    def __init__(self, protocol: Any, address: tuple[str, int]) -> None:
        super().__init__(protocol, address)
        self._there, self._back = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self._tls = context.wrap_bio(self._back, self._there)
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._pump()
        self._pump()

    def send(self, data: bytes) -> None:
        """Octets, whole messages or not."""
        self._tls.write(data)
        self._pump()

    def got(self) -> list[bytes]:
        """The messages that came since the last look."""
        self._pump()
        data = b""
        with suppress(ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            while more := self._tls.read(65_536):
                data += more
        return [frame for frame in self._framer.feed(data) if not isinstance(frame, KeepAlive)]

    def _pump(self) -> None:
        if self._there.pending:
            self._protocol.dataReceived(self._there.read())
        self._back.write(self._transport.value())
        self._transport.clear()


PEERS = {"tcp": TcpPeer, "tls": TlsPeer, "ws": WebSocketPeer}
