"""Paths of messages: where one goes (`Destination`), what it travels on (`Flow`), who finds it (`Paths`) (RFC 3261 18).

A request goes where `reach` leads; its answer goes back where the request came from: over UDP to the source address and
the port the top Via asks for (18.2.2, RFC 3581), over TCP on the same connection or a new one to the sent-by port.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from softswitch.sip.errors import BadMessage
from softswitch.sip.grammar import print_host
from softswitch.sip.uri import Uri
from softswitch.sip.via import Via
from softswitch.transport.limits import ADDRESSES_MAX
from softswitch.transport.resolver import Resolver

Transport = Literal["udp", "tcp"]

_PRIVATE = ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
_PRIVATE_NETWORKS = tuple(ipaddress.ip_network(text) for text in _PRIVATE)


@dataclass(frozen=True, slots=True)
class Destination:
    """An address to send requests to; `host` is a name or a numeric address without brackets."""

    host: str
    port: int
    transport: Transport = "udp"


class Unsendable(Exception):
    """The message could not be handed to the network."""


class Flow(Protocol):
    """A way to one far address. `host`, `port`: the far end, numeric. `sent_by`: our "host:port" for Via and Contact.

    `name` identifies the flow, "udp:192.0.2.1:5060" or "tcp:192.0.2.1:40022#17"; `Paths.find` gives it back.
    """

    @property
    def kind(self) -> Transport: ...
    @property
    def reliable(self) -> bool: ...
    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def sent_by(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def alive(self) -> bool: ...

    def send(self, data: bytes) -> None:
        """Sends one message. Raises Unsendable."""


OnFlow = Callable[[Flow], None]
OnError = Callable[[str], None]


class Receiver(Protocol):
    """Who gets what comes in: the exchange."""

    def received(self, data: bytes, flow: Flow) -> None:
        """One datagram, or one message of a stream."""

    def broken(self, data: bytes, flow: Flow, error: BadMessage) -> None:
        """A stream that cannot be followed any more; it is closed after this."""

    def lost(self, flow: Flow) -> None:
        """A connection is gone."""


class Paths(Protocol):
    """How the exchange finds flows. Callbacks may come before the method returns."""

    def reach(self, destination: Destination, on_flow: OnFlow, on_error: OnError) -> None:
        """A flow to the destination; connects if it must."""

    def reply(self, flow: Flow, via: Via, on_flow: OnFlow, on_error: OnError) -> None:
        """The flow for an answer to a request that came on `flow` with this top Via."""

    def find(self, name: str) -> Flow | None:
        """The live flow of that name, None when it is gone."""

    def sent_by(self, transport: Transport) -> str:
        """Our "host:port" on that transport, for Contact."""


class Port(Protocol):
    """A transport of its own: `udp.UdpPort`, `tcp.TcpPort`."""

    sent_by: str

    def open(self, host: str, port: int, on_flow: OnFlow, on_error: OnError) -> None:
        """A flow to a numeric address."""

    def find(self, name: str) -> Flow | None:
        """The live flow of that name."""


class Flows:
    """The real `Paths`: a resolver in front of one port per transport; the addresses of a name are tried in turn."""

    def __init__(self, resolver: Resolver, ports: dict[Transport, Port]) -> None:
        self._resolver = resolver
        self._ports = ports

    def reach(self, destination: Destination, on_flow: OnFlow, on_error: OnError) -> None:
        port = self._ports.get(destination.transport)
        if port is None:
            return on_error(f"no {destination.transport} transport")

        def resolved(addresses: tuple[str, ...]) -> None:
            first, *rest = addresses
            failed = (lambda _: resolved(tuple(rest))) if rest else on_error
            port.open(first, destination.port, on_flow, failed)

        def found(addresses: tuple[str, ...]) -> None:
            resolved(addresses[:ADDRESSES_MAX])

        return self._resolver.resolve(destination.host, found, on_error)

    def reply(self, flow: Flow, via: Via, on_flow: OnFlow, on_error: OnError) -> None:
        if flow.reliable and flow.alive:
            return on_flow(flow)
        # Always to the source address: a `received` written by the peer itself would let it aim our answers.
        port = (not flow.reliable and via.rport) or via.port or 5060
        if port == flow.port and flow.alive:
            return on_flow(flow)
        return self._ports[flow.kind].open(flow.host, port, on_flow, on_error)

    def find(self, name: str) -> Flow | None:
        port = self._ports.get("udp" if name.startswith("udp:") else "tcp")
        return None if port is None else port.find(name)

    def sent_by(self, transport: Transport) -> str:
        return self._ports[transport].sent_by


def destination_of(uri: Uri) -> Destination:
    """Where a request to this URI goes: its host, port or 5060, its transport or UDP (RFC 3263 4, no NAPTR, SRV)."""
    transport: Transport = "tcp" if (uri.params.get("transport") or "udp").lower() == "tcp" else "udp"
    return Destination(uri.params.get("maddr") or uri.host, uri.port or 5060, transport)


def behind_nat(host: str, source: str) -> bool:
    """Whether a peer that names `host` but sends from `source` can only be reached by answering to `source`.

    So it is when it names a private address and sends from a public one. Between private networks names are followed.
    """
    return host.endswith(".invalid") or (is_private(host) and not is_private(source))


def is_private(host: str) -> bool:
    """Whether this is an address that means nothing in the public network; a name is not."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in _PRIVATE_NETWORKS if network.version == address.version)


def join_address(host: str, port: int) -> str:
    """ "host:port", IPv6 in brackets."""
    return f"{print_host(host)}:{port}"
