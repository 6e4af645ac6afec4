"""Plans whose minutes end: who has used those of the month telephones as who is suspended, until the next one begins.

Minutes are those of calls that are rated (`mgmt.billing.meter`): a call counts about a minute after it is over.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from configdb.errors import Refused, Unknown
from configdb.estate import Plan
from configdb.log import Change
from configdb.model import Tenant
from history.shelves import Shelves
from mgmt.billing.invoicing import month_of
from mgmt.billing.ledger import Ledger
from mgmt.billing.months import first_charge
from mgmt.billing.plans import plan_of
from mgmt.billing.spent import minutes_used
from mgmt.services.ledger import Report

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

period_s = 30.0
BY = "minutes"


def run(parts: Parts) -> Report:
    """Those of all companies."""
    changed = list[str]()
    for id, view in sorted(parts.directory().tenants.items()):
        if parts.errand.stopping():
            break
        spent = _spent(parts, view.tenant)
        if spent != view.tenant.minutes_spent and (parts.errand.dry or _tell(parts, id, spent)):
            changed.append(f"{id} {'has none left' if spent else 'has minutes again'}")
    parts.errand.tell(", ".join(changed) or "nothing changed")
    return Report(len(changed), ", ".join(changed[:20]) or "nothing changed")


def _spent(parts: Parts, tenant: Tenant) -> bool:
    plan, now = plan_of(parts.directory(), tenant), parts.clock()
    if plan is None or not _ends(plan):
        return False
    shelves = parts.history.shelves
    used = minutes_used(shelves, tenant.id, *month_now(shelves, tenant, now), keep=not parts.errand.dry)
    return used >= (plan.minutes_included or 0)


def _ends(plan: Plan) -> bool:
    return plan.minutes_over == "stopped" and plan.minutes_included is not None


def month_now(shelves: Shelves, tenant: Tenant, now: float) -> tuple[float, float]:
    """The month of the invoices; where another keeps the accounts, that of the company's calendar."""
    first = first_charge(Ledger(shelves, lambda: now), tenant.id)
    if first is not None:
        return month_of(float(first["at"]), now)
    began = datetime.fromtimestamp(now, ZoneInfo(tenant.timezone)).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    return began.timestamp(), (began + timedelta(days=31)).replace(day=1).timestamp()


def _tell(parts: Parts, id: str, spent: bool) -> bool:
    """The company may telephone as its minutes say; whether it was to be told."""
    found = parts.config.get(id, "tenant", id)
    if found is None:
        return False
    document = {**found.value.model_dump(mode="json"), "minutes_spent": spent}
    why = "the minutes of this month are used up" if spent else "there are minutes again"
    try:
        parts.config.transact(id, [Change("tenant", id, document)], BY, why)
    except (Refused, Unknown):
        return False
    return True
