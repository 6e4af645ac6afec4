"""Emergency numbers (47 CFR 9.16, Kari's Law): dialled without prefix, before every dial plan, limit and ban."""

from __future__ import annotations

NUMBERS: dict[str, frozenset[str]] = {
    "US": frozenset({"911", "933"}),
    "CA": frozenset({"911", "933"}),
    "GB": frozenset({"999", "112"}),
    "RU": frozenset({"112", "101", "102", "103", "104"}),
}
ELSEWHERE = frozenset({"112"})
EVERYWHERE = frozenset().union(ELSEWHERE, *NUMBERS.values(), {"sos"})
"""What may be an emergency call somewhere, for those who cannot know the caller's country yet; "sos" is RFC 5031's."""


def is_emergency(dialled: str, country: str) -> bool:
    """True for the emergency and test numbers of that country."""
    return dialled in NUMBERS.get(country, ELSEWHERE)
