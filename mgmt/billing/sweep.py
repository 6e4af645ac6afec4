"""Every account is looked at, whatever was told meanwhile; what is late too long is suspended, what is suspended too long closed.

A company whose provider cannot be asked is left as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from configdb.errors import Refused, Unknown
from mgmt.billing.channel import keeper, provider
from mgmt.billing.provider import ProviderAway, ProviderRefuses
from mgmt.services.ledger import Report

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

period_s = 3600.0


def run(parts: Parts) -> Report:
    """All of them."""
    asked, kept, changed, away = provider(parts), keeper(parts), list[str](), list[str]()
    for tenant, view in sorted(parts.directory().tenants.items()):
        if parts.errand.stopping():
            break
        try:
            seen = asked.standing(tenant)
        except (ProviderAway, ProviderRefuses):
            away.append(tenant)
            continue
        if parts.errand.dry:
            after = kept.would(tenant, seen) if seen is not None or kept.get(tenant) is not None else None
        else:
            try:
                after = kept.heard(tenant, seen)
            except (Refused, Unknown):
                away.append(tenant)
                continue
        if after is not None and after.state != view.tenant.status:
            changed.append(f"{tenant} {after.state}")
    parts.errand.tell(", ".join(changed) or "nothing changed")
    unread = f"; {len(away)} could not be read: {', '.join(away[:5])}" if away else ""
    return Report(len(changed), f"{', '.join(changed[:20]) or 'nothing changed'}{unread}")
