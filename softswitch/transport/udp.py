"""SIP over UDP: one socket, one datagram one pass (RFC 3261 18)."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any, Literal

from twisted.internet.error import InvalidAddressError, MessageLengthError
from twisted.internet.protocol import DatagramProtocol

from softswitch.transport.flows import Flow, OnError, OnFlow, Receiver, Unsendable, join_address
from softswitch.transport.limits import DATAGRAM_BYTES_MAX, UDP_RECEIVE_BUFFER_BYTES


@dataclass(frozen=True, slots=True)
class UdpFlow:
    """The way to one UDP address from our socket."""

    owner: UdpPort
    host: str
    port: int

    @property
    def kind(self) -> Literal["udp"]:
        return "udp"

    @property
    def reliable(self) -> bool:
        return False

    @property
    def alive(self) -> bool:
        return self.owner.transport is not None

    @property
    def sent_by(self) -> str:
        return self.owner.sent_by

    @property
    def name(self) -> str:
        return f"udp:{join_address(self.host, self.port)}"

    def send(self, data: bytes) -> None:
        self.owner.write(data, self.host, self.port)


class UdpPort(DatagramProtocol):
    """The UDP socket. `advertised`: the host other nodes reach us at, when it is not the address we bind to."""

    transport: Any  # Twisted's, set by makeConnection: an IUDPTransport

    def __init__(self, receiver: Receiver, advertised: str | None = None) -> None:
        self._receiver = receiver
        self._advertised = advertised
        self._is_ipv6 = False
        self.sent_by = ""
        self.local_port = 0

    def listen(self, reactor: Any, host: str, port: int) -> None:
        """Binds on an IReactorUDP; port 0 takes a free one. Raises CannotListenError."""
        bound = reactor.listenUDP(port, self, interface=host, maxPacketSize=DATAGRAM_BYTES_MAX)
        self._is_ipv6 = ":" in host
        self.local_port = bound.getHost().port
        self.sent_by = join_address(self._advertised or host, self.local_port)

    def startProtocol(self) -> None:
        """Asks for a large receive buffer: the kernel's default overflows in a burst."""
        handle = self.transport.getHandle()
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UDP_RECEIVE_BUFFER_BYTES)

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        """One datagram from the network."""
        self._receiver.received(datagram, UdpFlow(self, addr[0], addr[1]))

    def write(self, data: bytes, host: str, port: int) -> None:
        """Sends one datagram to a numeric address. Raises Unsendable."""
        if self.transport is None:
            raise Unsendable("the UDP socket is closed")
        try:
            self.transport.write(data, (host, port))
        except BlockingIOError:
            return  # the send buffer is full: lost like any datagram, and repeated like one
        except (OSError, MessageLengthError, InvalidAddressError) as error:
            raise Unsendable(str(error)) from error

    def open(self, host: str, port: int, on_flow: OnFlow, on_error: OnError) -> None:
        """UDP needs no connection, only an address of the socket's own family."""
        if (":" in host) is not self._is_ipv6:
            on_error(f"no way from {self.sent_by} to {host}")
        elif 0 < port < 65_536:
            on_flow(UdpFlow(self, host, port))
        else:
            on_error(f"no such UDP port: {port}")

    def find(self, name: str) -> Flow | None:
        """The flow named "udp:host:port"."""
        host, _, port = name.removeprefix("udp:").rpartition(":")
        return UdpFlow(self, host.strip("[]"), int(port)) if host and port.isdigit() else None

    def close(self) -> None:
        """Stops listening."""
        if self.transport is not None:
            self.transport.stopListening()
