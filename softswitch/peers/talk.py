"""How much a phone may write: MESSAGE requests a device, as a bucket that fills by MESSAGES_PER_S up to MESSAGES_BURST_MAX."""

from __future__ import annotations

from math import ceil

from softswitch.peers.limits import MESSAGES_BURST_MAX, MESSAGES_PER_S_MAX, WRITERS_MAX
from softswitch.peers.phones import Device


class TalkLimits:
    """A bucket for each device; the oldest give way. `now` is seconds of one clock that never steps back."""

    def __init__(self) -> None:
        self._buckets: dict[Device, tuple[float, float]] = {}

    def spend(self, device: Device, now: float) -> int:
        """Takes one message; 0 when it may go, else after how many seconds to come back."""
        left, at = self._buckets.pop(device, (float(MESSAGES_BURST_MAX), now))
        left = min(float(MESSAGES_BURST_MAX), left + (now - at) * MESSAGES_PER_S_MAX)
        may = left >= 1
        self._buckets[device] = (left - 1 if may else left, now)
        if len(self._buckets) > WRITERS_MAX:
            del self._buckets[next(iter(self._buckets))]
        return 0 if may else max(1, ceil((1 - left) / MESSAGES_PER_S_MAX))
