"""What the choice of a trunk asks: how much worse than the best one each trunk sounded lately, in whole steps.

A step is a difference people hear (half a MOS of one call in twenty); a trunk that was not measured is
neither preferred nor punished.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from quality.blame.alarm import CALLS_MIN
from quality.blame.score_card import percentile
from quality.blame.sides import Conversation, Kind

STEP_MOS = 0.5
STEPS_MAX = 4


def trunk_scores(calls: Iterable[Conversation]) -> dict[str, list[float]]:
    """The MOS of every call by the trunk that brought or took it; calls that were not measured are in no list."""
    found: dict[str, list[float]] = defaultdict(list)
    for call in calls:
        for side in call.sides:
            if side.kind is Kind.TRUNK and side.mos is not None:
                found[side.name].append(side.mos)
    return dict(found)


def demerits(scores: Mapping[str, Sequence[float]]) -> dict[str, int]:
    """0 for the best, up to `STEPS_MAX`: to be added to a trunk's place. Of fewer than `CALLS_MIN` calls nothing is said."""
    known = {key: percentile(list(found), 0.05) or 1.0 for key, found in scores.items() if len(found) >= CALLS_MIN}
    best = max(known.values(), default=0.0)
    return {key: min(STEPS_MAX, int((best - mos) / STEP_MOS)) for key, mos in known.items()}
