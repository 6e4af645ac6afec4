"""A leg's RTCP socket on the reactor: hears reports from the far end's address only, answers every five seconds."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from media.rtp import rtcp

DATAGRAM_SIZE_MAX = 1500
READS_AT_ONCE_MAX = 8


class RtcpPort:
    """Reads on the reactor until `close`. Garbage, strangers and refusals are ignored."""

    def __init__(self, reactor: Any, bound: socket.socket, heard: Callable[[rtcp.Report], None]) -> None:
        self._reactor = reactor
        self._socket = bound
        self._heard = heard
        self._peer: tuple[str, int] | None = None
        reactor.addReader(self)

    def aim(self, address: str, rtp_port: int) -> None:
        """The far end's RTP address: its RTCP is one port above."""
        self._peer = (address, rtp_port + 1) if rtp_port < 65535 else None

    def send(self, report: rtcp.Report, name: str) -> None:
        if self._peer is None:
            return
        try:
            self._socket.sendto(rtcp.build(report, name), self._peer)
        except OSError:
            return  # refused or full: the next report comes in five seconds

    def close(self) -> None:
        self._reactor.removeReader(self)

    def fileno(self) -> int:
        return self._socket.fileno()

    def doRead(self) -> None:
        for _ in range(READS_AT_ONCE_MAX):
            try:
                data, source = self._socket.recvfrom(DATAGRAM_SIZE_MAX)
            except OSError:
                return
            if self._peer is None or source[0] != self._peer[0]:
                continue
            report = rtcp.parse(data)
            if report is not None:
                self._heard(report)

    def connectionLost(self, reason: Any) -> None:
        """The reactor is leaving; the socket's owner closes it."""

    def logPrefix(self) -> str:
        return "rtcp"
