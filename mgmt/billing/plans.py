"""Plans in the currencies in which they are sold, and as a company pays for them. Pure."""

from __future__ import annotations

from configdb.estate import Plan, Region
from configdb.model import Tenant
from configdb.snapshot import Directory


def offered(plan: Plan, region: Region) -> tuple[str, ...]:
    """The currencies in which it is sold in a region, in the region's order; one that names none sells in all of the plan's."""
    has = (plan.currency, *sorted(plan.prices.keys() - {plan.currency}))
    return tuple(one for one in region.currencies or has if one in has)


def plan_of(directory: Directory, tenant: Tenant) -> Plan | None:
    """The plan of a company in the currency in which it pays; None: it has none."""
    found = directory.system.get("plan", {}).get(tenant.plan or "")
    return found.priced(tenant.currency) if isinstance(found, Plan) else None
