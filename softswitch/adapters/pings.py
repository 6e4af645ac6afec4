"""The usual OPTIONS is answered at once, without a transaction: the same question gets the same answer (RFC 3261 8.2.7).

It has passed the gate like any other request, is counted and is in the trace. What `sip.ping` does not read, comes on another
way than it goes back, or comes when the node is drained or has no room, is for the exchange.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable

from softswitch.sip.ping import Ping, read_ping
from softswitch.transport.exchange import Exchange
from softswitch.transport.flows import Flow, Unsendable

UDP_PORT = 5060

log = logging.getLogger(__name__)


class Pings:
    """`capabilities` gives the headers of the answer, the same each time; `secret` makes its tags."""

    def __init__(
        self,
        exchange: Exchange,
        capabilities: Callable[[], Iterable[tuple[str, str]]],
        draining: Callable[[], bool],
        secret: bytes,
    ) -> None:
        self._exchange, self._capabilities, self._draining, self._secret = exchange, capabilities, draining, secret
        self._lines = ""

    def answered(self, data: bytes, flow: Flow) -> bool:
        """Whether this was a usual OPTIONS, and is answered."""
        ping = read_ping(data)
        if ping is None or self._draining() or not self._exchange.has_room or not _goes_back(ping, flow):
            return False
        self._lines = self._lines or "".join(f"{name}: {value}\r\n" for name, value in self._capabilities())
        asked = f"{ping.via} {ping.call_id}".encode()
        tag = hashlib.blake2s(asked, digest_size=8, key=self._secret).hexdigest()
        self._exchange.heard(data, flow)
        self._exchange.counts.requests["OPTIONS", flow.kind] += 1
        try:
            self._exchange.transmit(ping.answer(flow.host, flow.port, tag, self._lines), flow)
        except Unsendable as error:
            log.debug("not sent to %s: %s", flow.name, error)  # whoever asked asks again
        return True


def _goes_back(ping: Ping, flow: Flow) -> bool:
    """Whether the answer goes the way that the question came (RFC 3261 18.2.2)."""
    same = flow.reliable or ping.wants_rport or (ping.port or UDP_PORT) == flow.port
    return same and flow.alive and ping.transport == flow.kind.upper()
