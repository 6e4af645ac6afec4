"""How fast one may send: a token bucket for each name (a number, a campaign, a supplier); all of an item's must have one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from mgmt.limits import buckets_max


class Buckets:
    """Buckets of one second's worth, at least one token; the one that was used longest ago gives way."""

    def __init__(self) -> None:
        self._full: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, when

    def take(self, rates: Mapping[str, float], tokens: float, now: float) -> float:
        """Takes `tokens` from every bucket (name to tokens a second) and gives 0, or takes none and gives the seconds to wait.

        More than a bucket holds is sent when it is full, and leaves it in debt.
        """
        levels = {name: self._level(name, rate, now) for name, rate in rates.items() if rate > 0}
        waits = [
            (min(tokens, max(1.0, rates[name])) - level) / rates[name]
            for name, level in levels.items()
            if level < min(tokens, max(1.0, rates[name]))
        ]
        if waits:
            return max(waits)
        for name, level in levels.items():
            self._full.pop(name, None)
            self._full[name] = (level - tokens, now)
            if len(self._full) > buckets_max:
                self._full.popitem(last=False)
        return 0.0

    def _level(self, name: str, rate: float, now: float) -> float:
        held, since = self._full.get(name, (max(1.0, rate), now))
        return min(max(1.0, rate), held + max(0.0, now - since) * rate)
