"""JSON objects, one a line, over the unix socket between switch and media worker.

What is sent in one turn of the reactor leaves at its end with one system call, without another turn that waits for the socket
to be writable: that is so nearly always. What the socket does not take waits in Twisted's buffer, and what follows it too.
"""

from __future__ import annotations

from typing import Any, cast

import orjson
from twisted.protocols.basic import LineOnlyReceiver

from media.plane import limits


class JsonLines(LineOnlyReceiver):
    """See the module."""

    delimiter = b"\n"
    MAX_LENGTH = limits.line_size_bytes_max

    def __init__(self) -> None:
        self._unsent: list[bytes] = []
        self._is_behind = False

    def send(self, document: dict[str, Any]) -> int:
        """Sends an object at the end of this turn; how many bytes that is."""
        line = orjson.dumps(document) + b"\n"
        if not self._unsent:
            self._reactor.callLater(0, self._flush)
        self._unsent.append(line)
        return len(line)

    def leave(self) -> None:
        """Ends the connection once all is sent."""
        if self.transport is not None:
            self._flush()
            cast(Any, self.transport).loseConnection()

    @property
    def _reactor(self) -> Any:
        return cast(Any, self.transport).reactor

    def _flush(self) -> None:
        data, transport = b"".join(self._unsent), cast(Any, self.transport)
        self._unsent.clear()
        if not data or not transport.connected:
            return
        if self._is_behind:
            self._is_behind = transport in self._reactor.getWriters()
        sent = 0 if self._is_behind else transport.writeSomeData(data)
        if isinstance(sent, int) and sent < len(data):
            self._is_behind = True
            transport.write(data[sent:])
