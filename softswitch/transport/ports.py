"""All listening ports of a node: every transport on every local address, one count of connections over them."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from softswitch.sip.locate import SECURE, Transport
from softswitch.transport.codec import Codec, PlainCodec
from softswitch.transport.crowd import Crowd
from softswitch.transport.flows import Port, Receiver
from softswitch.transport.stream import StreamPort
from softswitch.transport.tls import Tls
from softswitch.transport.udp import UdpPort
from softswitch.transport.websocket import WebSocketCodec


@dataclass(frozen=True, slots=True)
class Local:
    """One address to listen on; `advertised` is what others reach it at."""

    host: str
    advertised: str


@dataclass(frozen=True, slots=True)
class Listen:
    """What to listen on. UDP and TCP share `port`; a port of None is a transport that is off.

    origins: web pages whose scripts may open a WebSocket, empty: all; `sites` may in any case.
    """

    locals: tuple[Local, ...]
    port: int
    tls_port: int | None = None
    ws_port: int | None = None
    wss_port: int | None = None
    origins: frozenset[str] = frozenset()
    sites: Container[str] = frozenset()

    @property
    def streams(self) -> tuple[tuple[Transport, int], ...]:
        """The stream transports that are on, with their ports."""
        wanted: tuple[tuple[Transport, int | None], ...] = (
            ("tcp", self.port),
            ("tls", self.tls_port),
            ("ws", self.ws_port),
            ("wss", self.wss_port),
        )
        return tuple((kind, port) for kind, port in wanted if port is not None)


class Ports:
    """Made closed; `listen` opens all. `by_transport` is for `paths.Flows`.

    TLS towards others needs no TLS port of ours: with `tls` there is one that only calls.
    """

    def __init__(self, reactor: Any, receiver: Receiver, listen: Listen, tls: Tls | None) -> None:
        self._reactor = reactor
        self._listen = listen
        self.crowd = Crowd()
        labels = _labels(listen.locals)
        self._udp = [
            UdpPort(receiver, local.advertised, label) for local, label in zip(listen.locals, labels, strict=True)
        ]
        self._streams: dict[Transport, list[StreamPort]] = {}

        def websocket() -> Codec:
            return WebSocketCodec(listen.origins, listen.sites)

        kinds = [kind for kind, _ in listen.streams if tls is not None or kind not in SECURE]
        if tls is not None and "tls" not in kinds:
            kinds.append("tls")
        for kind in kinds:
            numbers: Iterator[int] = count(1)
            codec: Callable[[], Codec] = websocket if kind in ("ws", "wss") else PlainCodec
            self._streams[kind] = [
                StreamPort(
                    kind,
                    reactor,
                    reactor,
                    receiver,
                    self.crowd,
                    local.advertised,
                    security=tls,
                    codec=codec,
                    numbers=numbers,
                )
                for local in listen.locals
            ]

    @property
    def by_transport(self) -> dict[Transport, tuple[Port, ...]]:
        """The ports, the transport that is preferred for requests first."""
        found: dict[Transport, tuple[Port, ...]] = {"udp": tuple(self._udp)}
        found.update({kind: tuple(ports) for kind, ports in self._streams.items()})
        return found

    def listen(self) -> None:
        """Binds all. Raises CannotListenError, with what was bound before still open."""
        for local, udp in zip(self._listen.locals, self._udp, strict=True):
            udp.listen(self._reactor, local.host, self._listen.port)
        wanted = dict(self._listen.streams)
        for kind, ports in self._streams.items():
            for local, port in zip(self._listen.locals, ports, strict=True):
                if kind in wanted:
                    port.listen(local.host, wanted[kind])
                else:
                    port.only_calls(local.host)

    def connections(self) -> dict[str, int]:
        """How many connections there are, by transport."""
        return {kind: sum(port.connections for port in ports) for kind, ports in self._streams.items()}

    def close(self) -> None:
        """Closes all sockets."""
        for udp in self._udp:
            udp.close()
        for ports in self._streams.values():
            for port in ports:
                port.close()


def _labels(locals: tuple[Local, ...]) -> list[str]:
    """Names of UDP flows say which socket only where two have the same family."""
    families = [":" in local.host for local in locals]
    return [f"@{local.host}" if families.count(":" in local.host) > 1 else "" for local in locals]
