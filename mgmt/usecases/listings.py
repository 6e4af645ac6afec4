"""What others are told of a company's numbers, for the company to see and for the operator to do where nobody else can."""

from __future__ import annotations

from typing import Any

from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import Problem, not_found
from mgmt.market.listing import OPEN, STATES, shown
from mgmt.market.listings import Listings, NoSuchListing

Document = dict[str, Any]


def of(context: Context, scope: Scope) -> Document:
    """Those of the company's numbers."""
    return {"data": [shown(one) for one in Listings(context.history.shelves).of(scope.tenant)]}


def everywhere(context: Context, state: str | None) -> Document:
    """Of all companies, the one that changed last first; None: where somebody has something to do. Raises Problem 400."""
    if state is not None and state not in STATES:
        raise Problem(400, "invalid_state", f"state must be of {', '.join(STATES)}.")
    found = [one for one in Listings(context.history.shelves).everywhere(state) if state or one.state in OPEN]
    found.sort(key=lambda one: -one.changed_at)
    return {"data": [{**shown(one), "id": one.id, "tenant": one.tenant, "supplier": one.supplier} for one in found]}


def done(context: Context, tenant: str, id: str) -> Document:
    """The operator has done by hand what was wanted. Raises Problem 404."""
    try:
        return shown(Listings(context.history.shelves).done(tenant, id, context.clock()))
    except NoSuchListing as wrong:
        raise not_found("listing") from wrong
