"""Whether the packet loop lives: its clock, which it writes at least every 50 ms, is looked at once a second."""

from __future__ import annotations

from media.plane import limits
from media.plane.engine import Engine


class Pulse:
    """Looks are counted, not seconds: after a stop of the whole machine the loop gets time to show that it lives."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._beat_ns, self._looks_without_beat = 0, 0

    def stopped(self) -> bool:
        """Look once more: true at the look that finds it standing still for too long."""
        beat_ns = int(self._engine.counters[0]["now_ns"])
        self._looks_without_beat = 0 if beat_ns != self._beat_ns else self._looks_without_beat + 1
        self._beat_ns = beat_ns
        return self._looks_without_beat == limits.looks_without_beat_max
