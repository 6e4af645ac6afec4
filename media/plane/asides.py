"""What the loop hands over besides RTP, on the reactor: RTCP, STUN and DTLS of an RTP port go to their leg (RFC 7983)."""

from __future__ import annotations

import os
from typing import Any

from twisted.logger import Logger

from media.plane import records
from media.plane.engine import Engine
from media.plane.legs import Legs
from media.rtp import address

SIZE_MAX, READS_AT_ONCE_MAX = 4096, 32
RTP_OCTET_MIN = 128


class Asides:
    """A reader of the engine's hand-over socket."""

    _log = Logger()

    def __init__(self, engine: Engine, legs: Legs) -> None:
        self._fd = engine.aside()
        self._legs = legs

    def fileno(self) -> int:
        return self._fd

    def doRead(self) -> None:
        for _ in range(READS_AT_ONCE_MAX):
            try:
                one = records.aside(os.read(self._fd, SIZE_MAX))
            except BlockingIOError:
                return
            try:
                self._give(one)
            except Exception:  # one datagram; the reader of all legs would be gone with it
                self._log.failure("a datagram from the packet loop broke something")

    def _give(self, one: records.Aside) -> None:
        leg = self._legs.at(one.leg.index, one.leg.generation)
        if leg is None or leg.closed or not one.data:
            return
        host = address.text(one.address)
        if one.data[0] >= RTP_OCTET_MIN and leg.rtcp is not None:
            leg.rtcp.port.take(one.data, host, one.port, one.at_ns / 1e9)
        elif leg.rtc is not None and one.data[0] < RTP_OCTET_MIN:
            leg.rtc.take(one.data, (host, one.port))

    def connectionLost(self, reason: Any) -> None:
        """The reactor is leaving."""

    def logPrefix(self) -> str:
        return "asides"
