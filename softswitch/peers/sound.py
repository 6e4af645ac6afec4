"""How trunks sounded lately, as those say who heard the calls: whole steps behind the best one (`quality.blame.preference`).

It is told every five minutes and stands for `HEARD_KEPT_S`; after that nothing is known, and every trunk is as good as any.
"""

from __future__ import annotations

from typing import Any

from softswitch.peers.limits import HEARD_KEPT_S, HEARD_STEPS_MAX, HEARD_TRUNKS_MAX


class Sound:
    """`now` is monotonic seconds."""

    def __init__(self) -> None:
        self._behind: dict[str, int] = {}
        self._until = float("-inf")

    def told(self, document: dict[str, Any], now: float) -> None:
        """`demerits`: steps by trunk; what is no such thing is left out."""
        found = document.get("demerits")
        rows = found.items() if isinstance(found, dict) else ()
        known = [(trunk, steps) for trunk, steps in rows if isinstance(steps, int) and 0 <= steps <= HEARD_STEPS_MAX]
        self._behind, self._until = dict(known[:HEARD_TRUNKS_MAX]), now + HEARD_KEPT_S

    def behind(self, trunk: str, now: float) -> int:
        """How many places a trunk goes back."""
        return self._behind.get(trunk, 0) if now < self._until else 0
