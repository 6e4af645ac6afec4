"""SIP over UDP: one socket, one datagram one pass (RFC 3261 18); STUN keep-alives share it (RFC 5626 3.5.2)."""

from __future__ import annotations

import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Literal

from softswitch.sip import stun
from softswitch.sip.locate import Target
from softswitch.transport.datagrams import Address, Datagrams
from softswitch.transport.flows import Flow, OnError, OnFlow, OnPong, Receiver, Unsendable, join_address
from softswitch.transport.limits import PINGS_MAX, UDP_RECEIVE_BUFFER_BYTES

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UdpFlow:
    """The way to one UDP address from our socket. `waited_s`: how long what came on it had lain in the socket."""

    owner: UdpPort
    host: str
    port: int
    waited_s: float = field(default=0.0, compare=False)

    @property
    def kind(self) -> Literal["udp"]:
        return "udp"

    @property
    def reliable(self) -> bool:
        return False

    @property
    def secure(self) -> bool:
        return False

    @property
    def is_ours(self) -> bool:
        return False

    @property
    def alive(self) -> bool:
        return self.owner.is_open

    @property
    def sent_by(self) -> str:
        return self.owner.sent_by

    @property
    def name(self) -> str:
        return f"udp:{join_address(self.host, self.port)}{self.owner.label}"

    def send(self, data: bytes) -> None:
        self.owner.write(data, self.host, self.port)

    def ping(self, on_pong: OnPong) -> None:
        self.owner.ping((self.host, self.port), on_pong)

    def expect(self, seconds: float) -> None:
        """Nothing is held for a UDP flow."""

    def alias(self, port: int) -> None:
        """There is no connection to offer."""


class UdpPort:
    """The UDP socket on one address. `advertised`: the host others reach us at, when it is not the one we bind to.

    label: what names of flows of this socket end with, when another one has the same family.
    """

    def __init__(self, receiver: Receiver, advertised: str | None = None, label: str = "") -> None:
        self._receiver = receiver
        self._advertised = advertised
        self._socket: Datagrams | None = None
        self._pings: OrderedDict[bytes, tuple[Address, OnPong]] = OrderedDict()
        self.label = label
        self.is_ipv6 = False
        self.sent_by = ""
        self.local_port = 0

    def listen(self, reactor: Any, host: str, port: int) -> None:
        """Binds on an IReactorFDSet; port 0 takes a free one. Raises CannotListenError."""
        self._socket = Datagrams(reactor, host, port, self.datagram, self._unreachable)
        self.is_ipv6 = ":" in host
        self.local_port = self._socket.local_port
        self.sent_by = join_address(self._advertised or host, self.local_port)
        got = self._socket.receive_buffer_bytes
        if got < UDP_RECEIVE_BUFFER_BYTES:
            log.warning(
                "the UDP receive buffer of %s is %d kB, not %d kB: a burst is lost sooner (see `softswitch doctor`)",
                self.sent_by,
                got // 1024,
                UDP_RECEIVE_BUFFER_BYTES // 1024,
            )

    @property
    def is_open(self) -> bool:
        """Whether the socket is there."""
        return self._socket is not None

    def datagram(self, data: bytes, address: Address, waited_s: float = 0.0) -> None:
        """One datagram from the network."""
        if stun.is_stun(data):
            self._stun(data, address)
        else:
            self._receiver.received(data, UdpFlow(self, *address, waited_s))

    def write(self, data: bytes, host: str, port: int) -> None:
        """Sends one datagram to a numeric address. Raises Unsendable."""
        if self._socket is None:
            raise Unsendable("the UDP socket is closed")
        try:
            self._socket.send(data, (host, port))
        except OSError as error:
            raise Unsendable(str(error)) from error

    def open(self, target: Target, on_flow: OnFlow, on_error: OnError, within_s: float | None = None) -> None:
        """UDP needs no connection, only an address of the socket's own family."""
        if (":" in target.host) is not self.is_ipv6:
            on_error(f"no way from {self.sent_by} to {target.host}")
        elif 0 < target.port < 65_536:
            on_flow(UdpFlow(self, target.host, target.port))
        else:
            on_error(f"no such UDP port: {target.port}")

    def find(self, name: str) -> Flow | None:
        """The flow of this socket with that name; a name without a socket is anyone's of its family."""
        address, found, label = name.removeprefix("udp:").partition("@")
        host, _, port = address.rpartition(":")
        is_ours = (host.startswith("[") is self.is_ipv6) and (not found or found + label == self.label)
        return UdpFlow(self, host.strip("[]"), int(port)) if host and port.isdigit() and is_ours else None

    def ping(self, address: Address, on_pong: OnPong) -> None:
        """Asks the far end by STUN how it sees us."""
        transaction = secrets.token_bytes(12)
        self._pings[transaction] = address, on_pong
        if len(self._pings) > PINGS_MAX:
            self._pings.popitem(last=False)
        self._quietly(stun.request(transaction), address)

    def close(self) -> None:
        """Stops listening."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _stun(self, data: bytes, address: Address) -> None:
        if not self._receiver.admits(address[0]):
            return
        match stun.parse(data):
            case stun.BindingRequest() as asked:
                self._quietly(stun.answer(asked, *address), address)
            case stun.BindingResponse(transaction, mapped):
                waiting: tuple[Address, Callable[[str], None]] | None = self._pings.pop(transaction, None)
                if waiting is not None and waiting[0] == address:
                    waiting[1](mapped)

    def _quietly(self, data: bytes, address: Address) -> None:
        try:
            self.write(data, *address)
        except Unsendable as error:
            log.debug("no keep-alive to %s: %s", join_address(*address), error)

    def _unreachable(self, addresses: Collection[Address]) -> None:
        self._receiver.unreachable({UdpFlow(self, *address) for address in addresses})
