"""Where a stream's timestamps lie on a recording's time line: anchored when it begins, and again when it strays."""

from __future__ import annotations

from dataclasses import dataclass

EARLY_FRAMES = 2400
LATE_FRAMES = 8000


@dataclass(slots=True)
class Timeline:
    """One channel. Frames since the recording began."""

    _shift: int | None = None

    def place(self, timestamp: int, now: int) -> int:
        """The frame at which audio of `timestamp`, at hand `now`, starts."""
        ahead = 0 if self._shift is None else (timestamp + self._shift - now) & 0xFFFFFFFF
        ahead = ahead - 2**32 if ahead & 0x80000000 else ahead
        if self._shift is None or not -LATE_FRAMES <= ahead <= EARLY_FRAMES:
            self._shift = now - timestamp
            ahead = 0
        return max(0, now + ahead)
