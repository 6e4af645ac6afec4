"""Background service: counts anew the minutes in which calls were told, and the hours of these."""

from __future__ import annotations

from history.rollups import roll
from mgmt.services.ledger import Report
from mgmt.services.parts import Parts

period_s = 5.0
minutes_max = 200


def run(parts: Parts) -> Report:
    """A bounded number of minutes."""
    count = roll(parts.history.shelves, minutes_max)
    return Report(count, f"{count} minutes counted")
