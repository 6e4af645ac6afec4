"""A leg's RTCP: its own socket on the reactor or, where that was agreed, the RTP port (RFC 5761); far end only, symmetric.

Whoever sends from the far end's address with a valid compound packet is answered at the port he sent from (RFC 4961). Reports
come seconds apart: of a flood so many are read, and the rest is the kernel's until the period is over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from media.plane.ports import PortPair
from media.rtp import address as addresses
from media.rtp import rtcp
from media.rtp.srtp import Srtp

DATAGRAM_SIZE_MAX = 1500
READS_MAX, PERIOD_S = 8, 0.5
Peer = tuple[str, int]
Heard = Callable[[rtcp.Compound, int, float | None], None]  # its octets; when it came, None: just now


@dataclass(slots=True)
class RtcpCounts:
    """What came and went."""

    heard: int = 0
    sent: int = 0
    malformed: int = 0
    foreign: int = 0


class RtcpPort:
    """Reads on the reactor until `close`. Garbage and strangers are counted, refusals ignored."""

    def __init__(self, reactor: Any, ports: PortPair, heard: Heard) -> None:
        self._reactor = reactor
        self._ports = ports
        self._heard = heard
        self._host: str | None = None
        self._peer: Peer | None = None
        self._is_mux = False
        self.counts = RtcpCounts()
        self._secured = False
        self._sender: Srtp | None = None
        self._receiver: Srtp | None = None
        self._reads_left, self._period_ends = 0, 0.0
        self._rest: Any = None
        reactor.addReader(self)

    def aim(self, host: str, port: int, is_mux: bool) -> None:
        """The far end's address and its RTCP port; what was learnt of another is forgotten."""
        self._host, self._is_mux = addresses.plain(host), is_mux
        self._peer = (self._host, port) if 0 < port <= 65535 else None

    def secure(self, sender: Srtp | None, receiver: Srtp | None) -> None:
        """From now on reports are protected, and only authentic ones are heard (SRTCP); None: in the clear.

        The same key again goes on where it was: no index is used twice.
        """
        self._secured, self._receiver = sender is not None, receiver
        if sender is not None and (self._sender is None or not sender.is_same(self._sender)):
            self._sender = sender

    def lock(self) -> None:
        """Nothing goes and nothing is heard until there are keys."""
        self._secured, self._sender, self._receiver = True, None, None

    def forget(self) -> None:
        """There is nowhere to send to any more, and nobody to hear."""
        self._host = self._peer = None

    def send(self, data: bytes) -> int:
        """A compound packet; the octets sent, 0 when there was nowhere to send to."""
        if self._peer is None or (self._secured and self._sender is None):
            return 0
        if self._secured and self._sender is not None:
            data = self._sender.protect_rtcp(data)
        try:
            (self._ports.rtp if self._is_mux else self._ports.rtcp).sendto(data, self._peer)
        except OSError:
            return 0  # refused or full: the next report comes in five seconds
        self.counts.sent += 1
        return len(data)

    def close(self) -> None:
        self._reactor.removeReader(self)
        if self._rest is not None:
            self._rest.cancel()
        self._heard = _nobody  # it holds this port: without it both are freed at once

    def fileno(self) -> int:
        return self._ports.rtcp.fileno()

    def doRead(self) -> None:
        now = self._reactor.seconds()
        if now >= self._period_ends:
            self._reads_left, self._period_ends = READS_MAX, now + PERIOD_S
        while self._reads_left > 0:
            try:
                data, source = self._ports.rtcp.recvfrom(DATAGRAM_SIZE_MAX)
            except OSError:
                return
            self._reads_left -= 1
            self.take(data, source[0], source[1])
        self._reactor.removeReader(self)
        self._rest = self._reactor.callLater(self._period_ends - now, self._go_on)

    def _go_on(self) -> None:
        self._rest = None
        self._reactor.addReader(self)

    def take(self, data: bytes, host: str, port: int, at: float | None = None) -> None:
        """A datagram that came to the RTCP port just now, or RTCP of the RTP port: `at`, on the engine's clock."""
        if self._host is None or addresses.plain(host) != self._host:
            self.counts.foreign += 1
            return
        if self._secured and self._receiver is None:
            return
        plain = data if self._receiver is None else self._receiver.unprotect_rtcp(data)
        compound = None if plain is None else rtcp.parse(plain)
        if compound is None:
            self.counts.malformed += 1
            return
        self.counts.heard += 1
        self._peer = (self._host, port)
        self._heard(compound, len(data), at)

    def connectionLost(self, reason: Any) -> None:
        """The reactor is leaving; the sockets' owner closes them."""

    def logPrefix(self) -> str:
        return "rtcp"


def _nobody(compound: rtcp.Compound, octets: int, at: float | None) -> None:
    """Closed."""
