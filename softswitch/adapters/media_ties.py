"""Bridges between legs of two media workers, as after a transfer between their calls: a pair of legs of ours carries the audio.

far end A <-> leg a <-bridge-> tie A <== RTP ==> tie B <-bridge-> leg b <-> far end B
              \\___ one worker ___/              \\___ the other ___/
"""

from __future__ import annotations

from typing import Any, Literal

from twisted.internet.defer import Deferred, FirstError, gatherResults
from twisted.python.failure import Failure

from media.plane.client import MediaClient, MediaError, Opened
from media.plane.commands import Remote

Ends = tuple[tuple[MediaClient, str], tuple[MediaClient, str]]


class Ties:
    """At most one tie a leg; cut by the next bridge of one of its legs, by `cut`, or by the end of a leg."""

    def __init__(self, family: Literal[4, 6]) -> None:
        self._family = family
        self._by_leg: dict[str, tuple[str, Ends]] = {}  # the other leg, and the tie's own legs
        self._made = 0

    def tie(self, a: str, at_a: MediaClient, b: str, at_b: MediaClient) -> Deferred[Any]:
        """Bridge two legs of two workers."""
        self._made += 1
        ends = (at_a, f"tie-{self._made}-a"), (at_b, f"tie-{self._made}-b")
        self._by_leg[a], self._by_leg[b] = (b, ends), (a, ends)
        opening = gatherResults([client.open(name, self._family) for client, name in ends], consumeErrors=True)
        return opening.addCallback(self._opened, ends, (a, b)).addErrback(self._failed, a)

    def seat(self, leg: str, at_leg: MediaClient, at_room: MediaClient, room: str, muted: bool) -> Deferred[Any]:
        """Seat a leg of one worker in a room of another."""
        self._made += 1
        ends = (at_leg, f"tie-{self._made}-a"), (at_room, f"tie-{self._made}-b")
        self._by_leg[leg] = (leg, ends)

        def opened(where: list[Opened]) -> Deferred[Any]:
            asked = [client.remote(name, _to(far)) for (client, name), far in zip(ends, reversed(where), strict=True)]
            asked += [at_leg.bridge(leg, ends[0][1]), at_room.join(ends[1][1], room, muted)]
            return gatherResults(asked, consumeErrors=True)

        opening = gatherResults([client.open(name, self._family) for client, name in ends], consumeErrors=True)
        return opening.addCallback(opened).addErrback(self._failed, leg)

    def _opened(self, where: list[Opened], ends: Ends, legs: tuple[str, str]) -> Deferred[Any]:
        asked: list[Deferred[Any]] = []
        for (client, name), far, leg in zip(ends, reversed(where), legs, strict=True):
            asked += [client.remote(name, _to(far)), client.bridge(leg, name)]
        return gatherResults(asked, consumeErrors=True)

    def _failed(self, failure: Failure, leg: str) -> Failure:
        """The tie is of no use; what it has is given back, and whoever asked is told the first reason."""
        self.cut(leg)
        failure.trap(FirstError)
        first: Any = failure.value
        return Failure(first.subFailure.value)

    def cut(self, leg: str) -> None:
        """End the tie of a leg, if there is one."""
        tied = self._by_leg.pop(leg, None)
        if tied is None:
            return
        other, ends = tied
        self._by_leg.pop(other, None)
        for client, name in ends:
            client.close(name).addErrback(self._gone)

    @staticmethod
    def _gone(failure: Failure) -> None:
        failure.trap(MediaError)  # its worker died, or it was never opened


def _to(far: Opened) -> Remote:
    """The other end of a tie."""
    return Remote(far.address, far.port, "PCMU", 0, 101, 20, "strict", far.address)
