"""Log lines of one kind are written a few times a second, the rest is counted: no flood of messages floods the log."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twisted.logger import LogEvent

KINDS_MAX = 1_000
LINES_PER_S = 5.0
BURST_LINES = 50


@dataclass(slots=True)
class _Kind:
    at: float
    left: float = BURST_LINES
    held: int = 0


class Damper:
    """A token bucket for each kind of line (its format, unfilled). `now` is monotonic."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._kinds: dict[str, _Kind] = {}

    def passes(self, kind: str) -> int | None:
        """None: hold this line back. Else write it; the number is how many of its kind were held back before."""
        now = self._now()
        known = self._kinds.pop(kind, None) or _Kind(now)
        known.left = min(BURST_LINES, known.left + (now - known.at) * LINES_PER_S)
        known.at = now
        self._kinds[kind] = known
        if len(self._kinds) > KINDS_MAX:
            del self._kinds[next(iter(self._kinds))]
        if known.left < 1:
            known.held += 1
            return None
        held, known.held, known.left = known.held, 0, known.left - 1
        return held


class DampedObserver:
    """Between Twisted's logger and the text."""

    def __init__(self, observer: Any, damper: Damper) -> None:
        self._observer, self._damper = observer, damper

    def __call__(self, event: LogEvent) -> None:
        form = str(event.get("log_format"))
        held = self._damper.passes(f"{event.get('log_namespace')} {form}")
        if held is None:
            return
        if held:
            event = {**event, "log_format": f"{form} (and {{log_held}} more like this)", "log_held": held}
        self._observer(event)


class DampedFilter(logging.Filter):
    """The same for Python's logging."""

    def __init__(self, damper: Damper) -> None:
        super().__init__()
        self._damper = damper

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write it; says how many were held back."""
        held = self._damper.passes(f"{record.name} {record.msg}")
        if held:
            record.msg = f"{record.msg} (and {held} more like this)"
        return held is not None
