"""When the next RTCP packet is due (RFC 3550 6.2, 6.3 and A.7): randomised, and reconsidered when it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

INTERVAL_MIN_S = 5.0
BANDWIDTH_OCTETS_PER_S = 0.05 * 64_000 / 8  # five percent of a G.711 session
SENDERS_SHARE = 0.25
COMPENSATION = 2.71828 - 1.5  # for the bias of reconsideration
SIZE_OCTETS_FIRST = 128.0


def interval(
    members: int, senders: int, we_sent: bool, size_octets: float, is_initial: bool, random: Callable[[], float]
) -> float:
    """Seconds; `random` gives 0..1, `size_octets` is the mean of what was sent and heard, with its UDP and IP headers."""
    shortest = INTERVAL_MIN_S / 2 if is_initial else INTERVAL_MIN_S
    bandwidth, sharing = BANDWIDTH_OCTETS_PER_S, members
    if 0 < senders <= members * SENDERS_SHARE:
        if we_sent:
            bandwidth, sharing = bandwidth * SENDERS_SHARE, senders
        else:
            bandwidth, sharing = bandwidth * (1 - SENDERS_SHARE), members - senders
    return max(size_octets * sharing / bandwidth, shortest) * (random() + 0.5) / COMPENSATION


@dataclass(slots=True)
class Schedule:
    """One leg's RTCP: we and the far end. `now` in seconds of any clock that does not jump."""

    random: Callable[[], float]
    size_octets: float = SIZE_OCTETS_FIRST
    last_at: float = 0.0
    is_initial: bool = True
    members: int = 1
    senders: int = 0
    we_sent: bool = False

    def begin(self, now: float) -> float:
        """The leg opens; when to look first."""
        self.last_at = now
        return now + self._interval()

    def look(self, now: float) -> tuple[bool, float]:
        """Whether to send now (6.3.6: the interval is drawn again), and when to look next."""
        again = self.last_at + self._interval()
        if again > now:
            return False, again
        self.last_at, self.is_initial = now, False
        return True, now + self._interval()

    def counted(self, octets: int, header_octets: int = 28) -> None:
        """A packet was sent or heard: the mean follows by a sixteenth (6.3.3)."""
        self.size_octets += (octets + header_octets - self.size_octets) / 16

    def _interval(self) -> float:
        return interval(self.members, self.senders, self.we_sent, self.size_octets, self.is_initial, self.random)
