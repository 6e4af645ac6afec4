"""UDP port pairs for legs: RTP on the even port, RTCP on the next (RFC 3550 11), handed out in turn so that a port rests."""

from __future__ import annotations

import errno
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from media.plane.commands import Refused

RECEIVE_BUFFER_BYTES = 32768  # about a second of packets: in overload, older audio is worthless
RTCP_BUFFER_BYTES = 8192  # some twenty reports: in a flood, older ones are worthless
WAITING_MAX = 256  # datagrams: more than the buffer holds


@dataclass(frozen=True, slots=True)
class PortPair:
    """Two bound, non-blocking sockets of one leg."""

    rtp: socket.socket
    rtcp: socket.socket
    port: int

    def forget_what_came(self) -> None:
        """What arrived while nobody read: it is for who had the port before."""
        for each in (self.rtp, self.rtcp):
            with suppress(BlockingIOError):
                for _ in range(WAITING_MAX):
                    each.recv(1)

    def close(self) -> None:
        self.rtp.close()
        self.rtcp.close()


class Ports:
    """The range `first`..`last` on one address, of either family."""

    def __init__(self, host: str, first: int, last: int) -> None:
        self.host = host
        self.family: Literal[4, 6] = 6 if ":" in host else 4
        self._first = first + first % 2
        self._pairs = (last - self._first + 1) // 2
        if self._pairs < 1:
            raise ValueError(f"no even port with its successor in {first}-{last}")
        self._next = 0

    @property
    def pairs(self) -> int:
        """How many there are, taken or not."""
        return self._pairs

    def take(self) -> PortPair:
        """The next free pair. Refused("no-ports") when all are taken."""
        for _ in range(self._pairs):
            port = self._first + 2 * self._next
            self._next = (self._next + 1) % self._pairs
            pair = self._try(port)
            if pair is not None:
                return pair
        raise Refused("no-ports", f"all {self._pairs} RTP port pairs of {self.host} are in use")

    def _try(self, port: int) -> PortPair | None:
        rtp = self._bound(port, RECEIVE_BUFFER_BYTES)
        if rtp is None:
            return None
        rtcp = self._bound(port + 1, RTCP_BUFFER_BYTES)
        if rtcp is None:
            rtp.close()
            return None
        return PortPair(rtp, rtcp, port)

    def _bound(self, port: int, buffer_bytes: int) -> socket.socket | None:
        try:
            family = socket.AF_INET if self.family == 4 else socket.AF_INET6
            made = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        except OSError as error:
            raise Refused("no-ports", f"no more sockets: {error.strerror}") from error
        if self.family == 6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        try:
            made.bind((self.host, port))
        except OSError as error:
            made.close()
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return None
            raise Refused("no-ports", f"{self.host} port {port}: {error.strerror}") from error
        return made
