"""The RTP source rule: whose packets are heard, and where we may send.

             exact SDP source                          anything else
    open ------------------------> locked(exact)      foreign, never heard
      \\-- nat: 4 consecutive packets of one SSRC
          from the signalling address --------> locked(learnt address + SSRC)

A lock lasts until the next offer/answer. A packet from exactly the SDP address wins at once and for good; a learnt source is
locked together with its SSRC, until that is silent and four packets of another one come. Under "strict" nothing is ever learnt.
With ICE sources come from checks alone: media goes to the path that was chosen (`on`), and comes from any way that worked (RFC
8445 12.2); it moves the path there, for a far end knows best which of its ways it uses.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

CONSECUTIVE, WAYS_MAX = 4, 8


class Verdict(IntEnum):
    FOREIGN = 0
    PROBATION = 1
    ACCEPTED = 2
    LATCHED = 3


Source = tuple[int, int]  # address as a number (media.rtp.address), port


@dataclass(slots=True)
class Latch:
    """One leg's rule. `sdp` is the source its SDP promises; None: nothing is known yet, everybody is foreign."""

    sdp: Source | None = None
    signalling: int = 0
    nat: bool = False
    locked: Source | None = None
    locked_ssrc: int = 0
    exact: bool = False
    ways: tuple[Source, ...] = ()
    _try: tuple[Source, int, int] | None = None  # source, ssrc, sequence
    _count: int = 0

    def on(self, path: Source | None) -> Latch:
        """Media goes there; None: nowhere, and no way is left."""
        if path is None:
            return Latch()
        return Latch(sdp=path, signalling=path[0], locked=path, exact=True, ways=self.ways)

    def add_way(self, way: Source | None) -> None:
        """One more that may be heard."""
        if way is not None and way not in self.ways:
            self.ways = (*self.ways, way)[-WAYS_MAX:]

    def may_hear(self, source: Source) -> bool:
        """Whether any packet from there could be accepted."""
        if self.sdp is None:
            return False
        if self.locked is not None:
            return self.knows(source)
        return source == self.sdp or (self.nat and source[0] == self.signalling)

    def judge(self, source: Source, ssrc: int, sequence: int) -> Verdict:
        """What to do with a packet; only ACCEPTED and LATCHED packets are heard."""
        if self.sdp is None:
            return Verdict.FOREIGN
        if self.locked is not None and source != self.locked and source in self.ways:
            return self._lock(source, ssrc, exact=True)
        if self.locked is not None:
            return self._judge_locked(source, ssrc, sequence)
        if source == self.sdp:
            return self._lock(source, ssrc, exact=True)
        if self.nat and source[0] == self.signalling:
            is_learnt = self._is_learnt(source, ssrc, sequence)
            return self._lock(source, ssrc, exact=False) if is_learnt else Verdict.PROBATION
        return Verdict.FOREIGN

    def knows(self, source: Source) -> bool:
        """Whether a datagram without an SSRC comes from the leg's far end; changes nothing."""
        return source == (self.locked or self.sdp) or (self.locked is not None and source in self.ways)

    def _judge_locked(self, source: Source, ssrc: int, sequence: int) -> Verdict:
        if source != self.locked:
            return Verdict.FOREIGN
        if self.exact:
            return Verdict.ACCEPTED
        if ssrc != self.locked_ssrc and not self._is_learnt(source, ssrc, sequence):
            return Verdict.PROBATION
        self.locked_ssrc, self._count = ssrc, 0
        return Verdict.ACCEPTED

    def _is_learnt(self, source: Source, ssrc: int, sequence: int) -> bool:
        follows = self._try == (source, ssrc, (sequence - 1) & 0xFFFF)
        self._count = self._count + 1 if follows and self._count else 1
        self._try = (source, ssrc, sequence)
        return self._count >= CONSECUTIVE

    def _lock(self, source: Source, ssrc: int, exact: bool) -> Verdict:
        self.locked, self.locked_ssrc, self.exact, self._count = source, ssrc, exact, 0
        return Verdict.LATCHED
