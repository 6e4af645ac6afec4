"""Which of a source's streams is heard: one at a time, whatever SSRC its packets have. The twin of kernels/heard.c.

Of several streams that one source sends at once, as gateways do that fork or hand over, the newest is heard; another one while it
is silent, or when it speaks again after a silence of its own. Who changes the SSRC with every packet, but counts them on, sends
one stream. Keys may have an SSRC of their own, as what only keeps a way open.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from media.rtp.sequence import WINDOW_PACKETS

STREAMS_MAX = 4
LIVELY_NS_MAX, RETURNS_NS_MIN = 100_000_000, 1_000_000_000
STEP_MAX, STEP_AGAIN_MAX = 8, 100
"""So far a number may be ahead to go on from the last: at first, and once that is known."""


class Hearing(IntEnum):
    HEARD = 0
    ON = 1  # under another SSRC, of the stream that is heard
    BESIDE = 2


@dataclass(slots=True)
class HeardStream:
    """`name`: the SSRC with which the stream began that is heard."""

    ssrc: int | None = None
    name: int | None = None
    hops: bool = False
    last_ns: int = 0
    _spoke_ns: dict[int, int] = field(default_factory=dict)  # when each was heard last, the newest stream first

    def hear(self, ssrc: int, is_voice: bool, ahead: int | None, now_ns: int) -> Hearing:
        """What a packet is; `ahead`: of the newest number of what is heard."""
        if ssrc == self.ssrc:
            self.last_ns = now_ns
            return Hearing.HEARD
        if self.ssrc is not None and ahead is not None and self._goes_on(ssrc, is_voice, ahead):
            self.ssrc, self.hops, self.last_ns = ssrc, True, now_ns
            return Hearing.ON
        if not is_voice:
            return Hearing.HEARD
        order, spoke_ns = list(self._spoke_ns), self._spoke_ns.get(ssrc)
        returns = spoke_ns is not None and now_ns > spoke_ns + RETURNS_NS_MIN
        is_older = spoke_ns is not None and self.name in order and order.index(ssrc) > order.index(self.name)
        if spoke_ns is not None:
            self._spoke_ns[ssrc] = now_ns
        if is_older and not returns and now_ns < self.last_ns + LIVELY_NS_MAX:
            return Hearing.BESIDE
        if self.name in self._spoke_ns:
            self._spoke_ns[self.name] = self.last_ns
        if spoke_ns is None or returns:
            self._spoke_ns.pop(ssrc, None)
            kept = list(self._spoke_ns.items())[: STREAMS_MAX - 1]
            self._spoke_ns = {ssrc: 0, **dict(kept)}
        self.ssrc = self.name = ssrc
        self.hops, self.last_ns = False, now_ns
        return Hearing.HEARD

    def _goes_on(self, ssrc: int, is_voice: bool, ahead: int) -> bool:
        if self.hops:
            return -WINDOW_PACKETS < ahead <= STEP_AGAIN_MAX
        return is_voice and ssrc not in self._spoke_ns and 0 < ahead <= STEP_MAX
