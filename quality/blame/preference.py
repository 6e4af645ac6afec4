"""What the choice of a trunk may ask: how much worse than the best one each trunk sounded lately, in whole steps.

A step is a difference people hear (half a MOS of one call in twenty); a trunk that was not measured is
neither preferred nor punished.
"""

from __future__ import annotations

from collections.abc import Iterable

from quality.blame.alarm import CALLS_MIN
from quality.blame.score_card import Row

STEP_MOS = 0.5
STEPS_MAX = 4


def demerits(trunks: Iterable[Row]) -> dict[str, int]:
    """0 for the best and for what is not known, up to `STEPS_MAX`: to be added to a trunk's order."""
    known = {row.key: row.mos_p5 for row in trunks if row.mos_p5 is not None and row.measured >= CALLS_MIN}
    best = max(known.values(), default=0.0)
    return {key: min(STEPS_MAX, int((best - mos) / STEP_MOS)) for key, mos in known.items()}
