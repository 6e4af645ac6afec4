"""When the next RTCP packet is due (RFC 3550 6.2, 6.3 and A.7): randomised, and reconsidered when it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

INTERVAL_MIN_S = 5.0
BANDWIDTH_OCTETS_PER_S = 0.05 * 64_000 / 8  # five percent of a G.711 session
SENDERS_SHARE = 0.25
COMPENSATION = 2.71828 - 1.5  # for the bias of reconsideration
SIZE_OCTETS_FIRST = 128.0

Floats = NDArray[np.float64]


def interval(members: Any, senders: Any, we_sent: Any, size_octets: Any, is_initial: Any, random: Any) -> Floats:
    """Seconds, of one session or of many. `random` is 0..1, `size_octets` the mean of what was sent and heard, with its UDP and
    IP headers."""
    few = (senders > 0) & (senders <= members * SENDERS_SHARE)
    sharing = np.where(few, np.where(we_sent, senders, members - senders), members)
    share = np.where(few, np.where(we_sent, SENDERS_SHARE, 1 - SENDERS_SHARE), 1.0)
    shortest = np.where(is_initial, INTERVAL_MIN_S / 2, INTERVAL_MIN_S)
    fair = size_octets * sharing / (BANDWIDTH_OCTETS_PER_S * share)
    return np.asarray(np.maximum(fair, shortest) * (random + 0.5) / COMPENSATION)


class Schedules:
    """Of `places` sessions, each of us and a far end. `now` in seconds of any clock that does not jump."""

    def __init__(self, places: int, random: Callable[[int], Floats]) -> None:
        self._random = random  # so many numbers, 0..1
        self._first_s = float(
            interval(1, 0, False, SIZE_OCTETS_FIRST, True, 0.5)
        )  # nothing is known yet but what is drawn
        self._look_at = np.full(places, np.inf)
        self._last_at = np.zeros(places)
        self._size_octets = np.zeros(places)
        self._is_initial = np.zeros(places, np.bool_)

    def begin(self, place: int, now: float) -> None:
        """A session begins; the first look at it is due after a while."""
        self._last_at[place], self._size_octets[place], self._is_initial[place] = now, SIZE_OCTETS_FIRST, True
        self._look_at[place] = now + self._first_s * (self._random(1)[0] + 0.5)

    def end(self, place: int) -> None:
        """There is no session there any more."""
        self._look_at[place] = np.inf

    def due(self, now: float) -> NDArray[np.intp]:
        """The places to look at."""
        return np.flatnonzero(self._look_at <= now)

    def look(self, places: NDArray[np.intp], now: float, members: Any, senders: Any, we_sent: Any) -> NDArray[np.bool_]:
        """Which of these are to send now (6.3.6: the interval is drawn again); sets when to look next."""
        again = self._last_at[places] + self._intervals(places, members, senders, we_sent)
        is_due = again <= now
        sending = places[is_due]
        self._last_at[sending], self._is_initial[sending] = now, False
        after = now + self._intervals(places, members, senders, we_sent)
        self._look_at[places] = np.where(is_due, after, again)
        return np.asarray(is_due)

    def counted(self, place: int, octets: int, header_octets: int = 28) -> None:
        """A packet was sent or heard: the mean follows by a sixteenth (6.3.3)."""
        mean = self._size_octets.item(place)
        self._size_octets[place] = mean + (octets + header_octets - mean) / 16

    def _intervals(self, places: NDArray[np.intp], members: Any, senders: Any, we_sent: Any) -> Floats:
        drawn = self._random(len(places))
        return interval(members, senders, we_sent, self._size_octets[places], self._is_initial[places], drawn)
