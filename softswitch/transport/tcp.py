"""SIP over TCP: connections both ways, reused, bounded in number, time and memory (RFC 3261 18, RFC 5626 3.5.1)."""

from __future__ import annotations

from collections import Counter
from itertools import count
from typing import Any, Literal

from twisted.internet.protocol import ClientFactory, Protocol, ServerFactory, connectionDone
from twisted.python.failure import Failure

from softswitch.sip.errors import BadMessage
from softswitch.sip.framing import KeepAlive, StreamFramer
from softswitch.transport.clock import Clock, Delayed, stop
from softswitch.transport.flows import Flow, OnError, OnFlow, Receiver, Unsendable, join_address
from softswitch.transport.limits import (
    CONNECT_S_MAX,
    CONNECTIONS_MAX,
    CONNECTIONS_PER_HOST_MAX,
    FIRST_MESSAGE_S_MAX,
    IDLE_S_MAX,
    PARTIAL_MESSAGE_S_MAX,
    STALLED_WRITE_S_MAX,
    WAITERS_MAX,
)

Address = tuple[str, int]


class TcpConnection(Protocol):
    """One connection, which is also the `Flow` on it.

    ```
      opened ----- FIRST_MESSAGE_S_MAX --------+
        | message, keep-alive                  |
        v                                      v
      idle ------- IDLE_S_MAX -------------> aborted
        | read without a whole message         ^
        v                                      |
      partial ---- PARTIAL_MESSAGE_S_MAX ------+        whole message and no more: back to idle
    ```
    """

    kind: Literal["tcp"] = "tcp"
    reliable = True
    transport: Any  # Twisted's, set by makeConnection: an ITCPTransport

    def __init__(self, owner: TcpPort, number: int) -> None:
        self._owner = owner
        self._number = number
        self._framer = StreamFramer()
        self._partial = False
        self._deadline: Delayed | None = None
        self._stalled: Delayed | None = None
        self.alive = False
        self.host, self.port, self.name, self.sent_by = "", 0, "", owner.sent_by

    def connectionMade(self) -> None:
        """Counted in, or dropped when there are too many."""
        peer = self.transport.getPeer()
        self.host, self.port = peer.host, peer.port
        self.name = f"tcp:{join_address(self.host, self.port)}#{self._number}"
        self.alive = True
        self.transport.setTcpNoDelay(True)
        self.transport.setTcpKeepAlive(True)
        self.transport.registerProducer(self, True)
        self._rearm(FIRST_MESSAGE_S_MAX)
        if not self._owner.opened(self):
            self.abort()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Counted out."""
        self.alive = False
        stop(self._deadline)
        stop(self._stalled)
        self._owner.closed(self)

    def dataReceived(self, data: bytes) -> None:
        """Octets from the peer: whole messages go to the receiver."""
        try:
            frames = self._framer.feed(data)
        except BadMessage as error:
            self._owner.receiver.broken(data, self, error)
            self.close()
            return
        if not self._framer.is_idle:
            if frames or not self._partial:
                self._rearm(PARTIAL_MESSAGE_S_MAX)
            self._partial = True
        elif frames:
            self._partial = False
            self._rearm(IDLE_S_MAX)
        for frame in frames:
            if isinstance(frame, KeepAlive):
                self.transport.write(frame.pong)
            else:
                self._owner.receiver.received(frame, self)

    def send(self, data: bytes) -> None:
        if not self.alive:
            raise Unsendable("the connection is closed")
        self.transport.write(data)

    def pauseProducing(self) -> None:
        """The peer leaves our bytes unread."""
        if self._stalled is None:
            self._stalled = self._owner.clock.callLater(STALLED_WRITE_S_MAX, self.abort)

    def resumeProducing(self) -> None:
        """The peer reads again."""
        stop(self._stalled)
        self._stalled = None

    def stopProducing(self) -> None:
        """Nothing to stop: `connectionLost` follows."""

    def close(self) -> None:
        """Closes when what is written has gone out, or when the peer does not take it."""
        self.alive = False
        self.transport.unregisterProducer()
        self._rearm(STALLED_WRITE_S_MAX)
        self.transport.loseConnection()

    def abort(self) -> None:
        """Closes at once."""
        self.alive = False
        self.transport.abortConnection()

    def _rearm(self, seconds: float) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.reset(seconds)
        else:
            self._deadline = self._owner.clock.callLater(seconds, self.abort)


class TcpPort:
    """The listener, all connections, and those being made. `advertised` as in `udp.UdpPort`."""

    def __init__(self, reactor: Any, clock: Clock, receiver: Receiver, advertised: str | None = None) -> None:
        """`reactor`: an IReactorTCP."""
        self._reactor = reactor
        self._advertised = advertised
        self._numbers = count(1)
        self._listener: Any = None
        self._by_name: dict[str, TcpConnection] = {}
        self._by_address: dict[Address, TcpConnection] = {}
        self._per_host: Counter[str] = Counter()
        self._waiting: dict[Address, list[tuple[OnFlow, OnError]]] = {}
        self.clock = clock
        self.receiver = receiver
        self.sent_by = ""
        self.local_port = 0

    def listen(self, host: str, port: int) -> None:
        """Binds; port 0 takes a free one. Raises CannotListenError."""
        self._listener = self._reactor.listenTCP(port, _Accept(self), interface=host)
        self.local_port = self._listener.getHost().port
        self.sent_by = join_address(self._advertised or host, self.local_port)

    def open(self, host: str, port: int, on_flow: OnFlow, on_error: OnError) -> None:
        """The connection to that address, made when there is none."""
        address = (host, port)
        connection = self._by_address.get(address)
        if connection is not None and connection.alive:
            return on_flow(connection)
        waiting = self._waiting.setdefault(address, [])
        if len(waiting) >= WAITERS_MAX or not 0 < port < 65_536:
            return on_error(f"no connection to {join_address(host, port)}")
        waiting.append((on_flow, on_error))
        if len(waiting) == 1:
            self._reactor.connectTCP(host, port, _Connect(self, address), timeout=CONNECT_S_MAX)
        return None

    def find(self, name: str) -> Flow | None:
        """The live connection of that name."""
        return self._by_name.get(name)

    def make(self) -> TcpConnection:
        """A connection not yet made, with its own number."""
        return TcpConnection(self, next(self._numbers))

    def opened(self, connection: TcpConnection) -> bool:
        """Counts a connection; False when it is one too many."""
        self._per_host[connection.host] += 1
        self._by_name[connection.name] = connection
        held = self._by_address.get((connection.host, connection.port))
        if held is None or not held.alive:
            self._by_address[connection.host, connection.port] = connection
        few = self._per_host[connection.host] <= CONNECTIONS_PER_HOST_MAX
        return few and len(self._by_name) <= CONNECTIONS_MAX

    def closed(self, connection: TcpConnection) -> None:
        """Forgets a connection."""
        self._by_name.pop(connection.name, None)
        address = (connection.host, connection.port)
        if self._by_address.get(address) is connection:
            del self._by_address[address]
        self._per_host[connection.host] -= 1
        if self._per_host[connection.host] <= 0:
            del self._per_host[connection.host]
        self.receiver.lost(connection)

    def connected(self, address: Address, connection: TcpConnection) -> None:
        """A connection we made is there: who waited for it gets it."""
        for on_flow, _ in self._waiting.pop(address, ()):
            on_flow(connection)

    def failed(self, address: Address, reason: str) -> None:
        """A connection could not be made."""
        for _, on_error in self._waiting.pop(address, ()):
            on_error(reason)

    def close(self) -> None:
        """Stops listening and drops all connections."""
        if self._listener is not None:
            self._listener.stopListening()
        for connection in list(self._by_name.values()):
            connection.abort()


class _Accept(ServerFactory):
    noisy = False

    def __init__(self, port: TcpPort) -> None:
        self._port = port

    def buildProtocol(self, addr: object) -> TcpConnection:
        return self._port.make()


class _Connect(ClientFactory):
    noisy = False

    def __init__(self, port: TcpPort, address: Address) -> None:
        self._port = port
        self._address = address

    def buildProtocol(self, addr: object) -> TcpConnection:
        connection = self._port.make()
        # After connectionMade, which Twisted calls when this method has returned.
        self._port.clock.callLater(0, self._port.connected, self._address, connection)
        return connection

    def clientConnectionFailed(self, connector: object, reason: Failure) -> None:
        self._port.failed(self._address, reason.getErrorMessage())
