"""Which of the providers this region has, by its configuration."""

from __future__ import annotations

from collections.abc import Callable

from configdb.billing import Billing
from configdb.secrets import Sealer
from configdb.snapshot import Directory
from history.shelves import Shelves
from mgmt.billing.heading import Heading
from mgmt.billing.ledger import Ledger
from mgmt.billing.provider import BillingProvider
from mgmt.billing.recurly import Recurly
from mgmt.outbox.web import Answer, Ask


def terms_of(directory: Directory) -> Billing:
    """The region's, or the usual ones."""
    found = directory.system.get("billing", {}).get("billing")
    return found if isinstance(found, Billing) else Billing()


def provider_of(
    directory: Directory, sealer: Sealer, shelves: Shelves, web: Callable[[Ask], Answer], clock: Callable[[], float]
) -> BillingProvider:
    """Who keeps the accounts."""
    terms = terms_of(directory)
    if terms.kind == "recurly":
        return Recurly(terms, sealer.open(terms.api_key or ""), web, clock)
    return Ledger(shelves, clock, lambda tenant: heading_of(directory, tenant))


def heading_of(directory: Directory, tenant: str) -> Heading:
    """What stands at the head of a company's invoices."""
    view = directory.tenants.get(tenant)
    company, language = (view.tenant.name, view.tenant.language) if view is not None else (tenant, "en")
    return Heading(terms_of(directory).issuer, company, language)
