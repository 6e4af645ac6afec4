"""Paths of messages: where one goes (`Destination`), what it travels on (`Flow`), who finds it (`Paths`) (RFC 3261 18).

A request goes to the targets that `locate` finds, one after another; its answer goes back where the request came from:
over UDP to the source address and the port the top Via asks for (18.2.2, RFC 3581), else on the same connection.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection
from typing import Protocol

from softswitch.sip.errors import BadMessage
from softswitch.sip.grammar import print_host
from softswitch.sip.kept import kept
from softswitch.sip.locate import TRANSPORTS, Target, Transport, Wanted, default_port, is_numeric
from softswitch.sip.uri import Uri
from softswitch.sip.via import Via

_PRIVATE = ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
_PRIVATE_NETWORKS = tuple(ipaddress.ip_network(text) for text in _PRIVATE)


OnPong = Callable[[str], None]
"""Gets our address as the far end sees it ("" when it does not say) with the answer to a keep-alive."""


class Unsendable(Exception):
    """The message could not be handed to the network."""


class Flow(Protocol):
    """A way to one far address. `host`, `port`: the far end, numeric. `sent_by`: our "host:port" for Via and Contact.

    `name` identifies the flow, "udp:192.0.2.1:5060" or "tcp:192.0.2.1:40022#17"; `Paths.find` gives it back.
    `reliable`: the transport repeats what is lost; `secure`: TLS protects it; `is_ours`: a connection that we opened.
    """

    @property
    def kind(self) -> Transport: ...
    @property
    def reliable(self) -> bool: ...
    @property
    def secure(self) -> bool: ...
    @property
    def is_ours(self) -> bool: ...
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

    def ping(self, on_pong: OnPong) -> None:
        """Sends a keep-alive, quietly when it cannot (RFC 5626 4.4: STUN over UDP, line ends, WebSocket ping)."""

    def expect(self, seconds: float) -> None:
        """The far end promised a keep-alive at least so often (Flow-Timer, RFC 5626 5.4): silence ends the connection."""

    def alias(self, port: int) -> None:
        """The far end offers this connection for requests to its `port` (RFC 5923); taken when it proved who it is."""


class Destination(Wanted):
    """Where a request is to go: `host` a name or a numeric address without brackets, the rest as far as it is known."""

    __slots__ = ()

    def is_end_of(self, flow: Flow) -> bool:
        """Whether the flow leads exactly there."""
        kind = self.transport or ("tls" if self.secure else "udp")
        port = self.port or default_port(kind)
        return flow.alive and (self.host, port, kind) == (flow.host, flow.port, flow.kind)

    def __str__(self) -> str:
        kind = self.transport or ("tls" if self.secure else "udp")
        return f"{kind} {self.host}:{self.port or default_port(kind)}"


OnFlow = Callable[[Flow], None]
OnTargets = Callable[[tuple[Target, ...]], None]
OnError = Callable[[str], None]


class Receiver(Protocol):
    """Who gets what comes in: the exchange."""

    def admits(self, host: str) -> bool:
        """Whether a STUN request of that address is answered."""

    def connects(self, host: str) -> bool:
        """Whether one more connection from that address is taken."""

    def received(self, data: bytes, flow: Flow) -> None:
        """One datagram, or one message of a stream."""

    def broken(self, data: bytes, flow: Flow, error: BadMessage) -> None:
        """A stream that cannot be followed any more; it is closed after this."""

    def lost(self, flow: Flow) -> None:
        """A connection is gone."""

    def unreachable(self, flows: Collection[Flow]) -> None:
        """The network says that nobody is at the end of these UDP flows (ICMP, RFC 3261 18.4)."""


class Paths(Protocol):
    """How the exchange finds flows. Callbacks may come before the method returns."""

    def locate(self, destination: Destination, on_targets: OnTargets, on_error: OnError) -> None:
        """The targets of a destination in the order to try them (RFC 3263 4); at least one."""

    def open(self, target: Target, size_bytes: int, on_flow: OnFlow, on_error: OnError) -> None:
        """A flow to a target for a message of that size; connects if it must."""

    def failed(self, target: Target, seconds: float | None = None) -> None:
        """A target did not serve: it comes last for `seconds`, else for a short time."""

    def reply(self, flow: Flow, via: Via, on_flow: OnFlow, on_error: OnError) -> None:
        """The flow for an answer to a request that came on `flow` with this top Via."""

    def find(self, name: str) -> Flow | None:
        """The live flow of that name, None when it is gone."""

    def sent_by(self, transport: Transport) -> str:
        """Our "host:port" on that transport, for a Contact before the flow is known."""


class Port(Protocol):
    """A transport on one local address: `udp.UdpPort`, `stream.StreamPort`."""

    sent_by: str
    is_ipv6: bool

    def open(self, target: Target, on_flow: OnFlow, on_error: OnError, within_s: float | None = None) -> None:
        """A flow to a target; a connection is given up after `within_s`."""

    def find(self, name: str) -> Flow | None:
        """The live flow of that name."""


def destination_of(uri: Uri) -> Destination:
    """Where a request to this URI goes (RFC 3263 4): its maddr or host, port, transport, and whether TLS is a must."""
    asked = (uri.params.get("transport") or "").lower()
    transport: Transport | None = next((kind for kind in TRANSPORTS if kind == asked), None)
    secure = uri.scheme == "sips"
    if secure and transport is not None:
        transport = "wss" if transport in ("ws", "wss") else "tls"
    return Destination(uri.params.get("maddr") or uri.host, uri.port, transport, secure)


def end_of(flow: Flow) -> str:
    """The far end in print, "udp 192.0.2.1:5060"."""
    return f"{flow.kind} {flow.host}:{flow.port}"


def behind_nat(host: str, source: str) -> bool:
    """Whether a peer that names `host` but sends from `source` can only be reached by answering to `source`.

    So it is when it names a private address and sends from a public one. Between private networks names are followed.
    """
    return host.endswith(".invalid") or (is_private(host) and not is_private(source))


@kept
def is_private(host: str) -> bool:
    """Whether this is an address that means nothing in the public network; a name is not."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in _PRIVATE_NETWORKS if network.version == address.version)


def same_family(one: str, other: str) -> bool:
    """Whether both are numeric addresses of one family."""
    return is_numeric(one) and is_numeric(other) and (":" in one) == (":" in other)


def join_address(host: str, port: int) -> str:
    """ "host:port", IPv6 in brackets."""
    return f"{print_host(host)}:{port}"
