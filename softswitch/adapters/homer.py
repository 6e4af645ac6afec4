"""The live tee of the SIP trace to a Homer capture server (HEP3 over UDP or TCP): never blocks, drops with a count.

Messages wait for the next turn of the reactor, so that no call waits for them and the legs of a call are known when they go.
"""

from __future__ import annotations

import ipaddress
import socket
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Any, cast

from twisted.internet.protocol import Protocol, ReconnectingClientFactory, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from configdb.node import NodeSettings
from softswitch.transport.hep import encode
from softswitch.transport.limits import HEP_CALLS_MAX, HEP_CONNECTION_BYTES_MAX, HEP_WAITING_MAX
from softswitch.transport.trace import Trace, TraceEntry


@dataclass(frozen=True, slots=True)
class HomerTarget:
    """Where to send: `transport` udp or tcp, a numeric address or a name; the key is the capture server's."""

    transport: str
    host: str
    port: int
    capture_id: int
    key: str = ""

    @classmethod
    def of(cls, url: str, capture_id: int, key: str) -> HomerTarget:
        """Of "udp://192.0.2.1:9060". Raises ValueError."""
        transport, _, rest = url.partition("://")
        host, _, port = rest.rpartition(":")
        if transport not in ("udp", "tcp") or not host or not port.isdigit() or not 0 < int(port) < 65_536:
            raise ValueError(f"not a capture server: {url!r} (udp://host:port or tcp://host:port)")
        return cls(transport, host.strip("[]"), int(port), capture_id, key)


class Homer:
    """The tee of a trace (`Trace.tee`). `sent` and `dropped` count messages."""

    def __init__(self, reactor: Any, target: HomerTarget) -> None:
        self._reactor, self._target = reactor, target
        self._waiting: deque[tuple[str, TraceEntry]] = deque()
        self._correlation: OrderedDict[str, str] = OrderedDict()
        self._way: _Datagrams | _Connection = (
            _Datagrams(target) if target.transport == "udp" else _Connection(reactor, target)
        )
        self.sent = self.dropped = 0

    def __call__(self, call_id: str, entry: TraceEntry) -> None:
        """Takes a message; drops it when too many wait."""
        if len(self._waiting) >= HEP_WAITING_MAX:
            self.dropped += 1
            return
        if not self._waiting:
            self._reactor.callLater(0, self._flush)
        self._waiting.append((call_id, entry))

    def correlate(self, call_id: str, first: str) -> None:
        """The dialog with that Call-ID belongs to the call whose first dialog has the other."""
        self._correlation[call_id] = first
        if len(self._correlation) > HEP_CALLS_MAX:
            self._correlation.popitem(last=False)

    def close(self) -> None:
        """Sends no more."""
        self._way.close()

    def _flush(self) -> None:
        while self._waiting:
            call_id, entry = self._waiting.popleft()
            correlation = self._correlation.get(call_id, call_id)
            if self._way.send(encode(entry, self._target.capture_id, self._target.key, correlation)):
                self.sent += 1
            else:
                self.dropped += 1


class _Datagrams:
    """A socket of our own, which never blocks. A name is looked up once, when the node starts."""

    def __init__(self, target: HomerTarget) -> None:
        family = socket.AF_INET6 if ":" in target.host else socket.AF_INET
        try:
            ipaddress.ip_address(target.host)
            self._address = (target.host, target.port)
        except ValueError:
            found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_DGRAM)[0]
            family, self._address = found[0], (str(found[4][0]), target.port)
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def send(self, data: bytes) -> bool:
        try:
            self._socket.sendto(data, self._address)
        except OSError:
            return False
        return True

    def close(self) -> None:
        self._socket.close()


class _Connection(ReconnectingClientFactory):
    """One connection, made again when it is lost; what a slow server does not take in time is dropped."""

    noisy = False
    maxDelay = 30
    _log = Logger(namespace="softswitch.homer")

    def __init__(self, reactor: Any, target: HomerTarget) -> None:
        self._open: _Stream | None = None
        self._connector = reactor.connectTCP(target.host, target.port, self)

    def buildProtocol(self, addr: object) -> _Stream:
        """A connection is there."""
        cast(Any, self).resetDelay()
        return _Stream(self)

    def opened(self, stream: _Stream | None) -> None:
        """The connection to use from now on, None when it is gone."""
        self._open = stream

    def send(self, data: bytes) -> bool:
        """Queues a packet if there is room."""
        return self._open is not None and self._open.send(data)

    def close(self) -> None:
        """Connects no more."""
        cast(Any, self).stopTrying()
        self._connector.disconnect()


class _Stream(Protocol):
    transport: Any  # Twisted's, set by makeConnection: an ITCPTransport

    def __init__(self, owner: _Connection) -> None:
        self._owner = owner
        self._stalled = False
        self._room_bytes = HEP_CONNECTION_BYTES_MAX

    def connectionMade(self) -> None:
        """Ready."""
        self.transport.registerProducer(self, True)
        self._owner.opened(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Gone; the factory tries again."""
        self._owner.opened(None)

    def send(self, data: bytes) -> bool:
        """Writes, at most `HEP_CONNECTION_BYTES_MAX` while the server does not read."""
        if self._stalled:
            self._room_bytes -= len(data)
            if self._room_bytes < 0:
                return False
        self.transport.write(data)
        return True

    def pauseProducing(self) -> None:
        """The server leaves our bytes unread."""
        self._stalled = True

    def resumeProducing(self) -> None:
        """The server reads again."""
        self._stalled, self._room_bytes = False, HEP_CONNECTION_BYTES_MAX

    def stopProducing(self) -> None:
        """`connectionLost` follows."""


def homer_of(reactor: Any, settings: NodeSettings, trace: Trace) -> Homer | None:
    """The tee that a node's settings ask for, on its trace; None when they ask for none."""
    if settings.hep_server is None:
        return None
    homer = Homer(reactor, HomerTarget.of(settings.hep_server, settings.hep_capture_id, settings.hep_key))
    trace.tee, trace.on_joined = homer, homer.correlate
    return homer
