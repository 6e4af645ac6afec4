"""The reconciliation: what a supplier has for us against what we think, with orders whose end nobody knew.

unknown: it has for us, we do not know it.  missing: we think it is ours, it does not have it.  idle: we pay for it and no company
has it.  settled: orders that were uncertain and are no longer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mgmt.market.rates import PAID
from mgmt.market.stock import ASSIGNED, ORDERING, StockNumber


@dataclass(frozen=True, slots=True)
class Drift:
    """Numbers, sorted."""

    unknown: tuple[str, ...]
    missing: tuple[str, ...]
    idle: tuple[str, ...]
    arrived: tuple[str, ...]
    not_arrived: tuple[str, ...]

    def to_document(self) -> dict[str, Any]:
        """For the API."""
        names = ("unknown", "missing", "idle", "arrived", "not_arrived")
        return {name: list(getattr(self, name)) for name in names}


def drift(theirs: Iterable[str], ours: Iterable[StockNumber]) -> Drift:
    """Compare the list of one supplier with our stock of it."""
    have, known = set(theirs), {one.number: one for one in ours}
    ordering = {number for number, one in known.items() if one.state == ORDERING}
    paid = {number for number, one in known.items() if one.state in PAID}
    return Drift(
        unknown=_sorted(have - set(known)),
        missing=_sorted(paid - have),
        idle=_sorted(number for number in have & set(known) if known[number].state not in (ASSIGNED, ORDERING)),
        arrived=_sorted(ordering & have),
        not_arrived=_sorted(ordering - have),
    )


def _sorted(numbers: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(numbers))
