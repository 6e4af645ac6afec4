"""Bursts and gaps of what was lost or came too late to be played, by the definition of RFC 3611 4.7.2 with Gmin 16."""

from __future__ import annotations

from dataclasses import dataclass

GAP_MIN = 16


@dataclass(frozen=True, slots=True)
class Figures:
    """Packets judged, those gone, their runs; bursts, packets in them and those gone in them. Of a stream or of a part of it."""

    judged: int = 0
    gone: int = 0
    gone_runs: int = 0
    bursts: int = 0
    burst_packets: int = 0
    burst_gone: int = 0

    def since(self, before: Figures) -> Figures:
        """What came after an earlier moment."""
        return Figures(
            self.judged - before.judged,
            self.gone - before.gone,
            self.gone_runs - before.gone_runs,
            self.bursts - before.bursts,
            self.burst_packets - before.burst_packets,
            self.burst_gone - before.burst_gone,
        )

    @property
    def burst_density(self) -> float | None:
        """The fraction that is gone within bursts; None without a burst."""
        return self.burst_gone / self.burst_packets if self.burst_packets else None

    @property
    def gap_density(self) -> float | None:
        """The fraction that is gone between bursts; None without a gap."""
        gap = self.judged - self.burst_packets
        return (self.gone - self.burst_gone) / gap if gap > 0 else None

    @property
    def burst_packets_mean(self) -> float | None:
        """The mean length of a burst in packets."""
        return self.burst_packets / self.bursts if self.bursts else None

    @property
    def gap_packets_mean(self) -> float | None:
        """The mean length of a gap in packets: there is one more than there are bursts."""
        gap = self.judged - self.burst_packets
        return gap / (self.bursts + 1) if gap > 0 else None

    @property
    def burst_ratio(self) -> float | None:
        """The mean run of losses over that of random loss of the same rate (G.107 3.6); None without loss."""
        if not self.gone_runs or self.gone >= self.judged:
            return None
        return self.gone / self.gone_runs * (1 - self.gone / self.judged)


@dataclass(slots=True)
class Bursts:
    """Each packet once, in order. The figures are right at any time, as if GAP_MIN good packets came before and after."""

    judged: int = 0
    gone: int = 0
    gone_runs: int = 0
    bursts: int = 0
    burst_packets: int = 0
    burst_gone: int = 0
    _good: int = GAP_MIN
    _in_burst: bool = False

    def packet(self, is_good: bool) -> None:
        """The next packet of the stream."""
        self.judged += 1
        if is_good:
            self._good += 1
            return
        good, self._good = self._good, 0
        self.gone += 1
        self.gone_runs += good > 0
        if good >= GAP_MIN:
            self._in_burst = False
        elif not self._in_burst:
            self._in_burst = True
            self.bursts, self.burst_packets, self.burst_gone = (
                self.bursts + 1,
                self.burst_packets + good + 2,
                self.burst_gone + 2,
            )
        else:
            self.burst_packets, self.burst_gone = self.burst_packets + good + 1, self.burst_gone + 1

    @property
    def figures(self) -> Figures:
        return Figures(self.judged, self.gone, self.gone_runs, self.bursts, self.burst_packets, self.burst_gone)
