"""How long calls stay in the steps of flows, as a Prometheus histogram; counted at each step, so it must cost little."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector

from ivr.nodes.registry import BY_NAME

STEP_TYPES = frozenset(BY_NAME) | {"dial", "hours", "inbound", "outbound", "internal", "call", "queue"}
"""What a step may be of, as a label: the nodes of a flow, and what comes before and after them."""
CALLS_MAX = 20_000
BOUNDS_S = (0.1, 0.5, 1, 2, 5, 10, 20, 60, 300)
_LABELS = (*(str(float(bound)) for bound in BOUNDS_S), "+Inf")


class StepTimes(Collector):
    """`stepped` and `ended` as it happens, `collect` when somebody asks."""

    def __init__(self) -> None:
        self._in: dict[str, tuple[str, float]] = {}
        self._counts: dict[str, list[int]] = {}
        self._sums: dict[str, float] = {}

    def stepped(self, call: str, code: str, at: float) -> None:
        """A call takes a step of that (dotted) code; the one before is over."""
        self.ended(call, at)
        if len(self._in) < CALLS_MAX:
            type = code.partition(".")[0]
            self._in[call] = (type if type in STEP_TYPES else "other", at)

    def ended(self, call: str, at: float) -> None:
        """The call takes no more steps."""
        known = self._in.pop(call, None)
        if known is not None:
            type, since = known
            seconds = max(0.0, at - since)
            if type not in self._counts:
                self._counts[type], self._sums[type] = [0] * len(_LABELS), 0.0
            self._counts[type][bisect_left(BOUNDS_S, seconds)] += 1
            self._sums[type] += seconds

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """The histogram, now."""
        family = HistogramMetricFamily("softswitch_ivr_step_seconds", "Time in a step of a flow.", labels=["type"])
        for type, counts in self._counts.items():
            family.add_metric([type], list(zip(_LABELS, accumulate(counts), strict=True)), self._sums[type])
        yield family
