"""One UDP socket on the reactor that outlives ICMP errors and tells them (RFC 3261 18.4; Linux IP_RECVERR, ip(7)).

Twisted's own UDP port closes when the kernel reports a queued error, and never says whom an ICMP message was about.

Of what waits in the socket, the news that a phone rings comes first (`glance.rings`): a caller waits for it, and it is soon
handed on. All else stays in order.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Collection
from typing import Any

from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IHalfCloseableDescriptor, IReadDescriptor
from zope.interface import implementer

from softswitch.sip.glance import rings
from softswitch.transport.limits import (
    DATAGRAM_BYTES_MAX,
    DATAGRAMS_A_TURN_MAX,
    DATAGRAMS_AHEAD_MAX,
    READ_S_MAX,
    UDP_RECEIVE_BUFFER_BYTES,
    WAITED_S_MAX,
)

Address = tuple[str, int]
Notes = list[tuple[int, int, bytes]]
_Datagram = tuple[bytes, Notes, Address]

_RECEIVE_BUFFER_FORCE = 33  # SO_RCVBUFFORCE of Linux, not in the socket module
_QUEUE_ERRORS = {socket.AF_INET: (socket.IPPROTO_IP, 11), socket.AF_INET6: (socket.IPPROTO_IPV6, 25)}  # IP(V6)_RECVERR
_UNREACHABLE = {socket.AF_INET: {3, 12}, socket.AF_INET6: {1, 4}}  # ICMP destination unreachable, parameter problem
_STAMP = 35  # SO_TIMESTAMPNS of Linux, in the option and in the note
_STAMP_FORM = struct.Struct("@qq")
_NOTES_BYTES = 64
_ERROR_BYTES = 16  # of struct sock_extended_err: errno, origin, type, code, pad, info, data


def bound_socket(kind: socket.SocketKind, host: str, port: int) -> socket.socket:
    """A socket on that address, IPv6 only for an IPv6 one, not blocking. Raises CannotListenError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, kind)
    try:
        if kind is socket.SOCK_STREAM:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise CannotListenError(host, port, error) from error
    made.setblocking(False)
    return made


@implementer(IReadDescriptor, IHalfCloseableDescriptor)
class Datagrams:
    """See the module. on_datagram(data, address, waited_s) and on_unreachable(addresses) are called from the
    reactor, never from within `send`.

    waited_s: how long the datagram lay in the socket, by the kernel's time stamp (SO_TIMESTAMPNS, socket(7)).
    """

    def __init__(
        self,
        reactor: Any,
        host: str,
        port: int,
        on_datagram: Callable[[bytes, Address, float], None],
        on_unreachable: Callable[[Collection[Address]], None],
    ) -> None:
        """Binds; port 0 takes a free one. Raises CannotListenError."""
        self._reactor = reactor
        self._on_datagram = on_datagram
        self._on_unreachable = on_unreachable
        self._unreachable: set[Address] = set()
        self._first, self._rest = deque[_Datagram](), deque[_Datagram]()
        self._socket = bound_socket(socket.SOCK_DGRAM, host, port)
        self._queued = _QUEUE_ERRORS[self._socket.family]
        self._socket.setsockopt(*self._queued, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, _STAMP, 1)
        self.receive_buffer_bytes = self._enlarge()
        self.local_port = int(self._socket.getsockname()[1])
        reactor.addReader(self)

    def send(self, data: bytes, address: Address) -> None:
        """One datagram. Raises OSError; what the kernel still had to say about others is read first."""
        try:
            self._socket.sendto(data, address)
        except BlockingIOError:
            return  # the send buffer is full: lost like any datagram, and repeated like one
        except OSError:
            self._read_errors()
            self._socket.sendto(data, address)

    def close(self) -> None:
        """Stops listening."""
        if self._socket.fileno() >= 0:
            self._reactor.removeReader(self)
            self._socket.close()

    # --- for the reactor ---

    def fileno(self) -> int:
        """The file descriptor, -1 when closed."""
        return self._socket.fileno()

    def logPrefix(self) -> str:
        """The name in Twisted's log."""
        return "UDP"

    def doRead(self) -> None:
        """What has come, at most DATAGRAMS_A_TURN_MAX and READ_S_MAX at a time, and what was taken out of the socket by then:
        timers and streams get their turn.
        """
        until, left = self._reactor.seconds() + READ_S_MAX, DATAGRAMS_A_TURN_MAX
        while self._socket.fileno() >= 0:
            if self._reactor.seconds() <= until:
                left -= self._take(min(left, DATAGRAMS_AHEAD_MAX - len(self._first) - len(self._rest)))
            waiting = self._first or self._rest
            if not waiting:
                return
            data, notes, address = waiting.popleft()
            self._on_datagram(data, address, _waited_s(notes, time.time()))

    def readConnectionLost(self, reason: object) -> None:
        """The kernel has errors and no datagram: not an end of the socket."""
        self._read_errors()
        self._reactor.addReader(self)

    def writeConnectionLost(self, reason: object) -> None:
        """A datagram socket has no writing side to lose."""

    def connectionLost(self, reason: object) -> None:
        """The reactor ends."""
        self._socket.close()

    # --- inside ---

    def _take(self, count_max: int) -> int:
        """Takes datagrams out of the socket; how many."""
        for count in range(count_max):
            try:
                data, notes, _, address = self._socket.recvmsg(DATAGRAM_BYTES_MAX, _NOTES_BYTES)
            except BlockingIOError:
                return count
            except OSError:
                self._read_errors()
                continue
            (self._first if rings(data) else self._rest).append((data, notes, (address[0], address[1])))
        return count_max

    def _enlarge(self) -> int:
        for option in (_RECEIVE_BUFFER_FORCE, socket.SO_RCVBUF):
            try:
                self._socket.setsockopt(socket.SOL_SOCKET, option, UDP_RECEIVE_BUFFER_BYTES)
                break
            except OSError:
                continue  # forcing is for root: take what the system allows
        return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2  # the kernel counts its overhead too

    def _read_errors(self) -> None:
        for _ in range(DATAGRAMS_A_TURN_MAX):
            try:
                _, notes, _, address = self._socket.recvmsg(0, 512, socket.MSG_ERRQUEUE)
            except OSError:
                return
            for level, kind, data in notes:
                if (level, kind) == self._queued and len(data) >= _ERROR_BYTES and address:
                    self._note(data[5], (address[0], address[1]))

    def _note(self, icmp_type: int, address: Address) -> None:
        if icmp_type in _UNREACHABLE[self._socket.family]:
            if not self._unreachable:
                self._reactor.callLater(0, self._tell)
            self._unreachable.add((str(ipaddress.ip_address(address[0])), address[1]))

    def _tell(self) -> None:
        addresses, self._unreachable = self._unreachable, set()
        self._on_unreachable(addresses)


def _waited_s(notes: Notes, now: float) -> float:
    """How long ago the kernel stamped it; 0 without a stamp, and when the wall clock was set in between."""
    for level, kind, data in notes:
        if (level, kind) == (socket.SOL_SOCKET, _STAMP) and len(data) == _STAMP_FORM.size:
            seconds, nanoseconds = _STAMP_FORM.unpack(data)
            waited_s = now - seconds - nanoseconds / 1e9
            return waited_s if 0 < waited_s < WAITED_S_MAX else 0.0
    return 0.0
