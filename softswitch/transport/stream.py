"""SIP over connections on one local address: TCP, TLS, WS, WSS; accepted and made, found again, reused (RFC 3261 18).

A connection is reused for requests to the address and domain it was made for; one that was accepted only when its far
end has proved that domain by a certificate and offers it (`alias`, RFC 5923). WebSockets are only accepted (RFC 7118).
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Protocol

from twisted.internet.protocol import ClientFactory, ServerFactory
from twisted.python.failure import Failure

from softswitch.sip.locate import SECURE, Target, Transport, default_port
from softswitch.transport.clock import Clock
from softswitch.transport.codec import Codec, PlainCodec
from softswitch.transport.connection import Connection
from softswitch.transport.crowd import Crowd
from softswitch.transport.datagrams import bound_socket
from softswitch.transport.flows import Flow, OnError, OnFlow, Receiver, join_address
from softswitch.transport.limits import ALIASES_MAX, BACKLOG_MAX, CONNECT_S_MAX, WAITERS_MAX

Address = tuple[str, int]
Key = tuple[str, int, str]
"""Far address and, under TLS, the domain."""


class Security(Protocol):
    """TLS for connections: `tls.Tls`."""

    def accepting(self, factory: ServerFactory) -> Any:
        """The factory, wrapped in TLS."""

    def connecting(self, factory: ClientFactory, domain: str) -> Any:
        """The factory, wrapped in TLS towards that domain."""

    def refusal(self, connection: Any, domain: str | None) -> str:
        """Why the far end is not who it should be; "" when it is, or need not be."""

    def proved(self, connection: Any) -> frozenset[str]:
        """The names that the far end has proved, none without a verified certificate."""


class StreamPort:
    """The listener, all its connections, and those being made. `advertised` as in `udp.UdpPort`."""

    def __init__(
        self,
        kind: Transport,
        reactor: Any,
        clock: Clock,
        receiver: Receiver,
        crowd: Crowd,
        advertised: str | None = None,
        *,
        security: Security | None = None,
        codec: Callable[[], Codec] = PlainCodec,
        numbers: Iterator[int] | None = None,
    ) -> None:
        """`reactor`: an IReactorTCP and IReactorSocket.  numbers: of connections, shared by the ports of a kind."""
        self._reactor = reactor
        self._advertised = advertised
        self._crowd = crowd
        self._codec = codec
        self._security = security if kind in SECURE else None
        self._numbers = numbers or count(1)
        self._listener: Any = None
        self._by_name: dict[str, Connection] = {}
        self._by_key: dict[Key, Connection] = {}
        self._waiting: dict[Key, list[tuple[OnFlow, OnError]]] = {}
        self.kind: Transport = kind
        self.clock = clock
        self.receiver = receiver
        self.is_ipv6 = False
        self.sent_by = ""
        self.local_port = 0

    def listen(self, host: str, port: int) -> None:
        """Binds; port 0 takes a free one. Raises CannotListenError."""
        accept: Any = _Accept(self)
        factory = accept if self._security is None else self._security.accepting(accept)
        with bound_socket(socket.SOCK_STREAM, host, port) as listening:
            listening.listen(BACKLOG_MAX)
            self._listener = self._reactor.adoptStreamPort(listening.fileno(), listening.family, factory)
        self.local_port = int(self._listener.getHost().port)
        self.is_ipv6 = ":" in host
        self.sent_by = join_address(self._advertised or host, self.local_port)

    def only_calls(self, host: str) -> None:
        """No listener: connections are only made, from any port; what we say of ourselves is the default port."""
        self.is_ipv6 = ":" in host
        self.sent_by = join_address(self._advertised or host, default_port(self.kind))

    def open(self, target: Target, on_flow: OnFlow, on_error: OnError, within_s: float | None = None) -> None:
        """The connection to that target, made when there is none."""
        key = self._key(target.host, target.port, target.domain or target.host)
        connection = self._by_key.get(key)
        if connection is not None and connection.alive:
            return on_flow(connection)
        waiting = self._waiting.get(key, [])
        where = f"{self.kind} {join_address(target.host, target.port)}"
        if self.kind in ("ws", "wss") or not 0 < target.port < 65_536:
            return on_error(f"no connection to {where}")
        if len(waiting) >= WAITERS_MAX or not self._crowd.has_room(target.host):
            return on_error(f"too many connections to {where}")
        self._waiting[key] = [*waiting, (on_flow, on_error)]
        if not waiting:
            plain: Any = _Connect(self, key)
            factory = plain if self._security is None else self._security.connecting(plain, key[2])
            self._reactor.connectTCP(target.host, target.port, factory, timeout=within_s or CONNECT_S_MAX)
        return None

    def find(self, name: str) -> Flow | None:
        """The live connection of that name."""
        return self._by_name.get(name)

    @property
    def connections(self) -> int:
        """How many there are."""
        return len(self._by_name)

    def close(self) -> None:
        """Stops listening and drops all connections."""
        if self._listener is not None:
            self._listener.stopListening()
        for connection in list(self._by_name.values()):
            connection.abort()

    # --- for the connections and factories ---

    def make(self, domain: str | None = None) -> Connection:
        """A connection not yet made, with its own number."""
        return Connection(self, self._codec(), next(self._numbers), domain)

    def opened(self, connection: Connection) -> bool:
        """Counts a connection; False when it is one too many, or from where none is wanted."""
        if not (self._crowd.has_room(connection.host) and self.receiver.connects(connection.host)):
            return False
        self._crowd.enter(connection.host)
        self._by_name[connection.name] = connection
        return True

    def ready(self, connection: Connection) -> None:
        """It can be used, if the far end is who it should be. Who waits after that waits for another one."""
        if self._security is not None:
            refusal = self._security.refusal(connection.transport, connection.domain)
            if refusal:
                return connection.abort(refusal)
            connection.proved = self._security.proved(connection.transport)
        connection.is_ready = True
        if connection.domain is not None:
            key = self._key(connection.host, connection.port, connection.domain)
            self._hold(key, connection)
            for on_flow, _ in self._waiting.pop(key, ()):
                on_flow(connection)
        elif self._security is None:
            self._hold((connection.host, connection.port, ""), connection)
        return None

    def offered(self, connection: Connection, port: int) -> None:
        """Requests to the names the far end has proved may use the connection."""
        for name in connection.proved:
            self._hold((connection.host, port, name), connection)

    def ended(self, connection: Connection) -> None:
        """Requests to the far end go on another connection; answers may still go on this one."""
        for key in connection.keys:
            if self._by_key.get(key) is connection:
                del self._by_key[key]
        connection.keys.clear()

    def closed(self, connection: Connection) -> None:
        """Forgets a connection; who waited for it hears why."""
        counted = self._by_name.pop(connection.name, None) is not None
        self.ended(connection)
        if connection.domain is not None and not connection.is_ready:
            self.failed(self._key(connection.host, connection.port, connection.domain), connection.why_lost)
        if counted:
            self._crowd.leave(connection.host)
        if connection.is_used:  # no transaction is on any other, and looking for them costs
            self.receiver.lost(connection)

    def failed(self, key: Key, reason: str) -> None:
        """A connection could not be made."""
        for _, on_error in self._waiting.pop(key, ()):
            on_error(reason)

    def _hold(self, key: Key, connection: Connection) -> None:
        held = self._by_key.get(key)
        if (held is None or not held.alive) and len(connection.keys) < ALIASES_MAX:
            self._by_key[key] = connection
            connection.keys.append(key)

    def _key(self, host: str, port: int, domain: str) -> Key:
        return host, port, domain.lower() if self._security is not None else ""


class _Accept(ServerFactory):
    noisy = False

    def __init__(self, port: StreamPort) -> None:
        self._port = port

    def buildProtocol(self, addr: object) -> Connection:
        return self._port.make()


class _Connect(ClientFactory):
    noisy = False

    def __init__(self, port: StreamPort, key: Key) -> None:
        self._port = port
        self._key = key

    def buildProtocol(self, addr: object) -> Connection:
        return self._port.make(self._key[2])

    def clientConnectionFailed(self, connector: object, reason: Failure) -> None:
        self._port.failed(self._key, reason.getErrorMessage())
