"""The last messages of each call in memory (its SIP ladder): bounded, secrets removed, times in microseconds.

A tee sees each message too, as it is kept: `adapters/homer.py` sends it on.
"""

from __future__ import annotations

import ipaddress
import re
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Literal, NamedTuple

from softswitch.sip.redact import redact
from softswitch.transport.limits import (
    TRACE_BYTES_MAX,
    TRACE_CALL_BYTES_MAX,
    TRACE_CALLS_MAX,
    TRACE_MALFORMED_MAX,
    TRACE_MESSAGE_BYTES_MAX,
    TRACE_OTHERS_MAX,
)

TraceDirection = Literal["in", "out"]

_CALL_ID = re.compile(rb"\r\n(?:call-id|i)[ \t]*+:[ \t]*+(?:\r\n[ \t]++)?([^\r\n]++)", re.IGNORECASE)
_COLUMN_BYTES = 200
"""What an entry costs besides its message."""


class TraceEntry(NamedTuple):
    """One message as it was on the wire, secrets removed. `source` and `destination`: "host:port", IPv6 in brackets."""

    at_us: int
    direction: TraceDirection
    source: str
    destination: str
    data: bytes
    transport: str = "udp"


class _Ring:
    """Entries by Call-ID; the Call-ID that began first goes first when there are too many or too much."""

    def __init__(self, calls_max: int, bytes_max: int) -> None:
        self._calls: OrderedDict[str, tuple[list[TraceEntry], list[int]]] = OrderedDict()
        self._calls_max = calls_max
        self._bytes_max = bytes_max
        self.size_bytes = 0

    def holds(self, call_id: str) -> bool:
        return call_id in self._calls

    def add(self, call_id: str, entry: TraceEntry) -> None:
        entries, size = self._calls.setdefault(call_id, ([], [0]))
        cost = len(entry.data) + _COLUMN_BYTES
        if size[0] + cost > TRACE_CALL_BYTES_MAX:
            return
        entries.append(entry)
        size[0] += cost
        self.size_bytes += cost
        while len(self._calls) > self._calls_max or self.size_bytes > self._bytes_max:
            self.take(next(iter(self._calls)))

    def get(self, call_id: str) -> list[TraceEntry]:
        entries, _ = self._calls.get(call_id, ([], [0]))
        return list(entries)

    def take(self, call_id: str) -> list[TraceEntry]:
        entries, size = self._calls.pop(call_id, ([], [0]))
        self.size_bytes -= size[0]
        return entries


class Trace:
    """All messages of the node by Call-ID. A call keeps its first messages when it has too many.

    Call-IDs that began with an INVITE and all others have separate room, so that a storm of REGISTER drops no call.
    with_text: keep the words of MESSAGE.  tee(call_id, entry): is given each message.
    on_joined(call_id, first): is told that two Call-IDs are of one call.
    malformed: the last messages that could not be read, with or without a Call-ID, and what was wrong with each.
    """

    def __init__(
        self,
        calls_max: int = TRACE_CALLS_MAX,
        bytes_max: int = TRACE_BYTES_MAX,
        others_max: int = TRACE_OTHERS_MAX,
        with_text: bool = False,
    ) -> None:
        self._calls = _Ring(calls_max, bytes_max)
        self._others = _Ring(others_max, bytes_max // 4)
        self._with_text = with_text
        self.tee: Callable[[str, TraceEntry], None] | None = None
        self.on_joined: Callable[[str, str], None] | None = None
        self.malformed: deque[tuple[TraceEntry, str]] = deque(maxlen=TRACE_MALFORMED_MAX)

    def record(
        self,
        at_us: int,
        direction: TraceDirection,
        source: str,
        destination: str,
        data: bytes,
        transport: str = "udp",
    ) -> None:
        """Keeps a message; one without a Call-ID is dropped."""
        call_id = call_id_of(data)
        if call_id is None:
            return
        ring = self._others
        if self._calls.holds(call_id) or (data[:7] == b"INVITE " and not ring.holds(call_id)):
            ring = self._calls
        kept = redact(data[:TRACE_MESSAGE_BYTES_MAX], self._with_text)
        entry = TraceEntry(at_us, direction, source, destination, kept, transport)
        ring.add(call_id, entry)
        if self.tee is not None:
            self.tee(call_id, entry)

    def record_malformed(self, at_us: int, source: str, destination: str, data: bytes, why: str) -> None:
        """Keeps a message that came in and could not be read; the oldest goes."""
        kept = redact(data[:TRACE_MESSAGE_BYTES_MAX])
        self.malformed.append((TraceEntry(at_us, "in", source, destination, kept), why))

    def joined(self, call_id: str, first: str) -> None:
        """A Call-ID belongs to the call that began with the Call-ID `first`."""
        if self.on_joined is not None:
            self.on_joined(call_id, first)

    def get(self, call_id: str) -> list[TraceEntry]:
        """The messages of a Call-ID in order, kept."""
        return self._calls.get(call_id) or self._others.get(call_id)

    def take(self, call_id: str) -> list[TraceEntry]:
        """The messages of a Call-ID in order, and forgets them."""
        return self._calls.take(call_id) or self._others.take(call_id)

    @property
    def size_bytes(self) -> int:
        """What is held."""
        return self._calls.size_bytes + self._others.size_bytes


def call_id_of(data: bytes) -> str | None:
    """The Call-ID in a message, None without one."""
    at = data.find(b"\r\nCall-ID: ")
    if at >= 0:
        end = data.find(b"\r\n", at + 11)
        value = data[at + 11 : end if end >= 0 else None]
    else:
        found = _CALL_ID.search(data)
        value = b"" if found is None else found[1]
    return value.strip().decode("utf-8", "surrogateescape") or None


def split_address(text: str) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]:
    """Address and port of "host:port"; a host name, which has no address here, is 0.0.0.0."""
    host, _, port = text.rpartition(":")
    number = int(port) & 0xFFFF if port.isascii() and port.isdigit() and len(port) < 6 else 0
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0]), number
    except ValueError:
        return ipaddress.IPv4Address(0), number
