"""How late what another node said has come: links that were cut hold what is on its way, and give it out when they heal.

An INVITE of ten seconds ago would ring a phone for nobody, an order be carried out that was answered with 503. Each message says
when it was sent by its sender's own clock, which counts from anywhere; the fastest of a run of that node is the measure, and
may become slower as clocks drift.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from softswitch.cluster.limits import DRIFT_MAX, MEMBERS_MAX


@dataclass(slots=True)
class _Fastest:
    """Our clock minus that of a run of another node, and when that was seen."""

    boot: str
    apart_s: float
    at: float


class Lateness:
    """Of one node: what it says is stamped, what it hears is judged. `boot` names its run."""

    def __init__(self, boot: str) -> None:
        self._boot = boot
        self._fastest: dict[str, _Fastest] = {}

    def stamped(self, document: Mapping[str, Any], now: float) -> dict[str, Any]:
        """What is said now."""
        return {**document, "boot": self._boot, "sent_s": now}

    def late_s(self, document: Mapping[str, Any], now: float) -> float:
        """How much later than the fastest it has come; 0 of a version before, which did not say."""
        if "sent_s" not in document:
            return 0.0
        node, boot, apart_s = str(document["node"]), str(document["boot"]), now - float(document["sent_s"])
        known = self._fastest.get(node)
        if known is None or known.boot != boot or apart_s <= known.apart_s + DRIFT_MAX * (now - known.at):
            if node in self._fastest or len(self._fastest) < MEMBERS_MAX:
                self._fastest[node] = _Fastest(boot, apart_s, now)
            return 0.0
        return apart_s - known.apart_s
