"""The usual OPTIONS, and the challenge to a REGISTER without credentials: answered at once, without a transaction.

The same question gets the same answer (RFC 3261 8.2.7), and who has proven nothing yet is kept nothing for (26.3.2.4). They
have passed the gate like all requests, are counted and are in the trace. What `sip.usual` does not read, comes on another
way than its answer goes back, comes when the node has no room, or may be another node's, is for the exchange.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable

from softswitch.adapters.door import Door
from softswitch.sip.usual import Usual, read_usual
from softswitch.transport.exchange import Exchange
from softswitch.transport.flows import Flow, Unsendable

UDP_PORT = 5060

log = logging.getLogger(__name__)


class AtOnce:
    """`capabilities` gives the headers of the 200 to OPTIONS, the same each time; `secret` makes the tags of all answers."""

    def __init__(
        self,
        exchange: Exchange,
        door: Door,
        capabilities: Callable[[], Iterable[tuple[str, str]]],
        draining: Callable[[], bool],
        secret: bytes,
    ) -> None:
        self._exchange, self._door, self._draining, self._secret = exchange, door, draining, secret
        self._capabilities, self._lines = capabilities, ""

    def answered(self, data: bytes, flow: Flow) -> bool:
        """Whether this was such a request, and is answered."""
        asked = read_usual(data)
        if asked is None or not self._exchange.has_room or not _goes_back(asked, flow):
            return False
        tag = hashlib.blake2s(f"{asked.via} {asked.call_id}".encode(), digest_size=8, key=self._secret).hexdigest()
        if asked.method == "OPTIONS":
            if self._draining():
                return False
            status, headers = "200 OK", self._all()
        elif self._exchange.is_alone():
            challenge = self._door.challenge(flow.host, asked.from_, tag)
            status, headers = "401 Unauthorized", _lines(challenge.headers)
        else:
            return False
        self._exchange.heard(data, flow)
        self._exchange.counts.requests[asked.method, flow.kind] += 1
        try:
            self._exchange.transmit(asked.answer(status, flow.host, flow.port, tag, headers), flow)
        except Unsendable as error:
            log.debug("not sent to %s: %s", flow.name, error)  # whoever asked asks again
        return True

    def _all(self) -> str:
        self._lines = self._lines or _lines(self._capabilities())
        return self._lines


def _lines(headers: Iterable[tuple[str, str]]) -> str:
    return "".join([f"{name}: {value}\r\n" for name, value in headers])


def _goes_back(asked: Usual, flow: Flow) -> bool:
    """Whether the answer goes the way that the question came (RFC 3261 18.2.2)."""
    same = flow.reliable or asked.wants_rport or (asked.port or UDP_PORT) == flow.port
    return same and flow.alive and asked.transport == flow.kind.upper()
