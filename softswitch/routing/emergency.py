"""Emergency calls (47 CFR 9.16, Kari's Law; RFC 6881): dialled without prefix, before every dial plan, limit and ban.

They go to the trunks marked for them, then to the tenant's own, then to any other: every gateway is tried, whatever one of
them answers, and none is left out for being down, full or forbidden.
"""

from __future__ import annotations

from configdb.snapshot import Directory, TenantView
from ivr.steps import Step
from softswitch.routing.outbound import Candidate

NUMBERS: dict[str, frozenset[str]] = {
    "AR": frozenset({"911", "112", "100", "101", "107"}),
    "AU": frozenset({"000", "112", "106"}),
    "BR": frozenset({"112", "190", "192", "193", "911"}),
    "CA": frozenset({"911", "933"}),
    "CH": frozenset({"112", "117", "118", "144"}),
    "CL": frozenset({"131", "132", "133", "112", "911"}),
    "CN": frozenset({"110", "119", "120", "122"}),
    "CO": frozenset({"112", "123", "911"}),
    "DE": frozenset({"112", "110"}),
    "FR": frozenset({"112", "15", "17", "18", "114", "115"}),
    "GB": frozenset({"999", "112"}),
    "HK": frozenset({"999", "112"}),
    "IE": frozenset({"999", "112"}),
    "IL": frozenset({"100", "101", "102", "112", "911"}),
    "IN": frozenset({"112", "100", "101", "102", "108"}),
    "IT": frozenset({"112", "113", "115", "118"}),
    "JP": frozenset({"110", "118", "119"}),
    "KR": frozenset({"112", "119"}),
    "KZ": frozenset({"112", "101", "102", "103", "104"}),
    "MX": frozenset({"911", "112"}),
    "NO": frozenset({"110", "112", "113"}),
    "NZ": frozenset({"111"}),
    "PL": frozenset({"112", "997", "998", "999"}),
    "RU": frozenset({"112", "101", "102", "103", "104"}),
    "SG": frozenset({"995", "999", "112"}),
    "TR": frozenset({"112"}),
    "UA": frozenset({"112", "101", "102", "103", "104"}),
    "US": frozenset({"911", "933"}),
    "ZA": frozenset({"112", "10111", "10177"}),
}
ELSEWHERE = frozenset({"112"})
KNOWN_FROM_ABROAD = frozenset({"112", "911"})
"""What people from elsewhere dial: mobile phones take both in every country (3GPP TS 22.101 10.1)."""

_INSTEAD = {"CA": "911", "CN": "110", "JP": "110", "NZ": "111", "US": "911"}
EVERYWHERE = frozenset().union(ELSEWHERE, *NUMBERS.values(), {"sos"})
"""What may be an emergency call somewhere, for those who cannot know the caller's country yet; "sos" is RFC 5031's."""


def is_emergency(dialled: str, country: str) -> bool:
    """True for the emergency and test numbers of that country."""
    return dialled in NUMBERS.get(country, ELSEWHERE)


def meant_by(dialled: str, country: str) -> str | None:
    """The number of that country for who dials one known from abroad; None: it is none, or that country's own."""
    if dialled not in KNOWN_FROM_ABROAD or is_emergency(dialled, country):
        return None
    return _INSTEAD.get(country, "112")


def candidates(directory: Directory, view: TenantView, caller: str) -> tuple[Candidate, ...]:
    """Every trunk that has a gateway: those marked for emergencies first, then the tenant's own, then all others."""
    usable = [trunk for _, trunk in sorted(directory.trunks.items()) if trunk.gateways]
    ranked = sorted(usable, key=lambda trunk: (not trunk.emergency, trunk.id != view.tenant.trunk))
    found = []
    for trunk in ranked:
        which = (
            "for emergency calls" if trunk.emergency else "of this tenant" if trunk.id == view.tenant.trunk else "left"
        )
        why = Step("emergency.trunk", f"Trunk {trunk.name} ({which})", {"trunk": trunk.id})
        found.append(Candidate(trunk, caller, why))
    return tuple(found)
