"""One connection of SIP over TCP, TLS or WebSocket, bounded in time and memory (RFC 3261 18, RFC 5626, RFC 7118)."""

from __future__ import annotations

from typing import Any, Protocol

from twisted.internet.interfaces import IHalfCloseableProtocol, IHandshakeListener
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from softswitch.sip.errors import BadMessage
from softswitch.sip.locate import SECURE, Transport
from softswitch.transport.clock import Clock, Delayed, stop
from softswitch.transport.codec import Codec, Write
from softswitch.transport.flows import OnPong, Receiver, Unsendable, join_address
from softswitch.transport.limits import (
    FIRST_MESSAGE_S_MAX,
    FLOW_GRACE_S,
    HALF_CLOSED_S_MAX,
    HANDSHAKE_S_MAX,
    IDLE_S_MAX,
    PARTIAL_MESSAGE_S_MAX,
    STALLED_WRITE_S_MAX,
    UNREAD_BYTES_MAX,
)


class ConnectionHome(Protocol):
    """What a connection needs of its port."""

    kind: Transport
    sent_by: str
    clock: Clock
    receiver: Receiver

    def opened(self, connection: Connection) -> bool:
        """Counts a connection; False when it must not be."""

    def ready(self, connection: Connection) -> None:
        """The TLS handshake is done (or none is needed)."""

    def closed(self, connection: Connection) -> None:
        """Forgets a connection."""

    def offered(self, connection: Connection, port: int) -> None:
        """Requests to that port of the far end may use the connection (RFC 5923)."""

    def ended(self, connection: Connection) -> None:
        """The far end sends no more: no request of ours may use the connection."""


@implementer(IHandshakeListener, IHalfCloseableProtocol)
class Connection(TwistedProtocol):
    """One connection, which is also the `Flow` on it.

    ```
      opened -- HANDSHAKE_S_MAX (TLS) --> ready -- FIRST_MESSAGE_S_MAX --+
                                            | message                    |
                                            v                            v
                     +---------------->   idle ------- IDLE_S_MAX ---> aborted
                     |                      | read without the end       ^
        the end, and |                      v   of a message             |
        no more ->   +------------------ partial -- PARTIAL_MESSAGE_S_MAX+
    ```
    A keep-alive counts as a message once one has come: line ends alone hold no connection (RFC 5626 8). One that takes
    no bytes is aborted after STALLED_WRITE_S_MAX, or when UNREAD_BYTES_MAX wait for it. Who has called us and ends
    its side less than HALF_CLOSED_S_MAX after a message is closed only as long after that: it may still be answered.
    """

    reliable = True
    transport: Any  # Twisted's, set by makeConnection: an ITCPTransport or ISSLTransport

    def __init__(self, owner: ConnectionHome, codec: Codec, number: int, domain: str | None = None) -> None:
        """domain: the name for which we connected, None for a connection that was accepted."""
        self._owner = owner
        self._codec = codec
        self._number = number
        self._greeted = domain is not None  # whom we call needs not speak first
        self._partial = False
        self._idle_s = IDLE_S_MAX
        self._deadline: Delayed | None = None
        self._stalled: Delayed | None = None
        self._pong: OnPong | None = None
        self._unread_bytes = 0
        self._heard_at_s = -HALF_CLOSED_S_MAX
        self._ended = False
        self.kind: Transport = owner.kind
        self.secure = owner.kind in SECURE
        self.domain = domain
        self.is_ours = domain is not None
        self.proved: frozenset[str] = frozenset()
        self.keys: list[tuple[str, int, str]] = []
        self.alive = self.is_ready = self.is_used = False
        self.why_lost = ""
        self.host, self.port, self.name, self.sent_by = "", 0, "", owner.sent_by

    # --- for Twisted ---

    def connectionMade(self) -> None:
        """Counted in, or dropped when there are too many."""
        peer = self.transport.getPeer()
        self.host, self.port = peer.host, peer.port
        self.name = f"{self.kind}:{join_address(self.host, self.port)}#{self._number}"
        self._rearm(HANDSHAKE_S_MAX if self.secure else self._first_s)
        if not self._owner.opened(self):
            return self.abort("too many connections")
        self.alive = True
        self.transport.setTcpNoDelay(True)
        self.transport.setTcpKeepAlive(True)
        self.transport.registerProducer(self, True)
        if not self.secure:
            self._owner.ready(self)
        return None

    def handshakeCompleted(self) -> None:
        """TLS is up."""
        self._rearm(self._first_s)
        self._owner.ready(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Counted out."""
        self.alive = False
        self.why_lost = self.why_lost or reason.getErrorMessage()
        stop(self._deadline)
        stop(self._stalled)
        self._pong = None
        self._owner.closed(self)

    def dataReceived(self, data: bytes) -> None:
        """Octets from the peer: whole messages go to the receiver."""
        if self._pong is not None:
            pong, self._pong = self._pong, None
            pong("")
        try:
            reads = self._codec.feed(data)
        except BadMessage as error:
            if self.alive:
                self._owner.receiver.broken(data, self, error)
                self.close()
            return
        self._greeted = self._greeted or any(isinstance(each, bytes) or each.greets for each in reads)
        self._watch(bool(reads))
        for each in reads:
            if not self.alive:
                return  # what follows a farewell is not for us
            if isinstance(each, bytes):
                self.is_used = True
                self._heard_at_s = self._owner.clock.seconds()
                self._owner.receiver.received(each, self)
            else:
                self._write(each)

    def readConnectionLost(self) -> None:
        """The peer sends no more; it may still read."""
        if not self.alive or self._ended:
            return None
        self._ended = True
        self._owner.ended(self)
        if self.is_ours or self._owner.clock.seconds() - self._heard_at_s >= HALF_CLOSED_S_MAX:
            return self.close()
        stop(self._deadline)
        self._deadline = self._owner.clock.callLater(HALF_CLOSED_S_MAX, self.close)
        return None

    def writeConnectionLost(self) -> None:
        """We never end our side alone."""

    # --- the flow ---

    def send(self, data: bytes) -> None:
        if not self.alive:
            raise Unsendable("the connection is closed")
        self.is_used = True
        self._write(Write(self._codec.frame(data)))
        if not self.alive:
            raise Unsendable("the far end does not read")

    def ping(self, on_pong: OnPong) -> None:
        if self.alive:
            self._pong = on_pong
            self._write(Write(self._codec.ping()))

    def expect(self, seconds: float) -> None:
        self._idle_s = min(seconds + FLOW_GRACE_S, IDLE_S_MAX)
        if self.alive and not self._partial and not self._ended:
            self._rearm(self._idle_s)

    def alias(self, port: int) -> None:
        if self.alive and self.proved:
            self._owner.offered(self, port)

    def close(self) -> None:
        """Closes when what is written has gone out, or when the peer does not take it."""
        if self.alive:
            self._write(Write(self._codec.farewell(), last=True))

    def abort(self, reason: str = "") -> None:
        """Closes at once."""
        self.alive = False
        self.why_lost = self.why_lost or reason
        self.transport.abortConnection()

    # --- producer: how much the peer leaves unread ---

    def pauseProducing(self) -> None:
        """The peer leaves our bytes unread."""
        if self._stalled is None:
            self._stalled = self._owner.clock.callLater(STALLED_WRITE_S_MAX, self.abort)

    def resumeProducing(self) -> None:
        """The peer reads again."""
        stop(self._stalled)
        self._stalled = None
        self._unread_bytes = 0

    def stopProducing(self) -> None:
        """Nothing to stop: `connectionLost` follows."""

    # --- inside ---

    @property
    def _first_s(self) -> float:
        return self._idle_s if self._greeted else FIRST_MESSAGE_S_MAX

    def _write(self, what: Write) -> None:
        self.transport.write(what.data)
        if self._stalled is not None:
            self._unread_bytes += len(what.data)
            if self._unread_bytes > UNREAD_BYTES_MAX:
                return self.abort()
        if what.last:
            self.alive = False
            self.transport.unregisterProducer()
            self._rearm(STALLED_WRITE_S_MAX)
            self.transport.loseConnection()
        return None

    def _watch(self, progress: bool) -> None:
        """Sets the deadline after a read."""
        if not self._codec.is_idle:
            if self._greeted and (progress or not self._partial):
                self._rearm(PARTIAL_MESSAGE_S_MAX)
            self._partial = True
        elif progress or self._partial:
            self._partial = False
            if self._greeted:
                self._rearm(self._idle_s)

    def _rearm(self, seconds: float) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.reset(seconds)
        else:
            self._deadline = self._owner.clock.callLater(seconds, self.abort)
