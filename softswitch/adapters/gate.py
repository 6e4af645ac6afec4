"""In front of the exchange: datagrams and messages of banned sources are dropped before anything is parsed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from configdb.snapshot import Directory
from softswitch.peers.guard import Guard
from softswitch.sip.errors import BadMessage
from softswitch.transport.flows import Flow, Receiver


class Gate:
    """A `Receiver` that hands on what the guard admits. `now` is monotonic; `dropped` counts what it did not."""

    def __init__(self, guard: Guard, receiver: Receiver, now: Callable[[], float]) -> None:
        self._guard, self._receiver, self._now = guard, receiver, now
        self.dropped = 0

    def received(self, data: bytes, flow: Flow) -> None:
        """One datagram, or one message of a stream."""
        if self._guard.admits(flow.host, self._now()):
            self._receiver.received(data, flow)
        else:
            self.dropped += 1

    def broken(self, data: bytes, flow: Flow, error: BadMessage) -> None:
        """A stream that cannot be followed any more."""
        self._receiver.broken(data, flow, error)

    def lost(self, flow: Flow) -> None:
        """A connection is gone."""
        self._receiver.lost(flow)


def never_banned(directory: Directory, networks: Iterable[str]) -> tuple[str, ...]:
    """The sources of all trunks, and the networks the operator trusts."""
    return (*networks, *(source for trunk in directory.trunks.values() for source in trunk.sources))
