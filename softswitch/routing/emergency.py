"""Emergency calls (47 CFR 9.16, Kari's Law; RFC 6881): dialled without prefix, before every dial plan, limit and ban.

Which numbers those are says `configdb.emergency`. They go to the trunks marked for them, then to the tenant's own, then to any
other: every gateway is tried, whatever one of them answers, and none is left out for being down, full or forbidden.
"""

from __future__ import annotations

from configdb.snapshot import Directory, TenantView
from ivr.steps import Step
from softswitch.routing.outbound import Candidate


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
