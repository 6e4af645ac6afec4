"""How much of its plan a company uses: minutes of this month, people, phones, numbers, each with what the plan holds.

And what each of its numbers costs this month: its rent, and the calls over it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from mgmt.access.scope import Scope
from mgmt.billing.invoicing import in_cents
from mgmt.billing.minutes import month_now
from mgmt.billing.plans import plan_of
from mgmt.billing.spent import minutes_used, used
from mgmt.context import Context
from mgmt.market.inventory import Inventory
from mgmt.market.rates import beside, price_in

Document = dict[str, Any]


def shown(context: Context, scope: Scope) -> Document:
    """`{since_at, until_at, data: [{what, used, of}]}`; `of` None: as many as they like. Raises Problem 403.

    The month is that of the invoices; where another keeps the accounts, that of the company's calendar.
    """
    scope.require_insight()
    since, until = month_now(context.history.shelves, scope.view.tenant, context.clock())
    minutes = minutes_used(context.history.shelves, scope.tenant, since, until)
    plan, view = plan_of(context.config.directory, scope.view.tenant), scope.view
    rows = (
        ("minutes", minutes, plan.minutes_included if plan else None),
        ("users", len(view.users), plan.users_max if plan else None),
        ("devices", len(view.devices), plan.devices_max if plan else None),
        ("numbers", len(view.numbers), plan.numbers_max if plan else None),
    )
    return {
        "since_at": since,
        "until_at": until,
        "data": [{"what": what, "used": used, "of": of} for what, used, of in rows],
    }


def numbers(context: Context, scope: Scope) -> Document:
    """`{since_at, until_at, data: [{number, calls, minutes, costs: [{currency, cents}], rent}]}` of the same month.

    rent: what the number costs a month beside the plan, `{currency, cents}`; None: nothing. Calls count once they are rated,
    about a minute after they are over. Raises Problem 403.
    """
    scope.require_insight()
    since, until = month_now(context.history.shelves, scope.view.tenant, context.clock())
    spent, rents = used(context.history.shelves, scope.tenant, since, until).numbers, _rents(context, scope)
    data = []
    for number in sorted({*scope.view.numbers, *(line for line in spent if line.startswith("+"))}):
        known = spent.get(number, {"calls": 0, "minutes": 0, "amounts": {}})
        costs = [{"currency": name, "cents": in_cents(Decimal(sum))} for name, sum in sorted(known["amounts"].items())]
        told = {"calls": known["calls"], "minutes": known["minutes"], "costs": costs, "rent": rents.get(number)}
        data.append({"number": number, **told})
    return {"since_at": since, "until_at": until, "data": data}


def _rents(context: Context, scope: Scope) -> dict[str, Document]:
    plan = plan_of(context.config.directory, scope.view.tenant)
    if plan is None:
        return {}
    has = Inventory(context.history.shelves, context.clock).held(scope.tenant)
    priced = ((one.number, price_in(one, context.region, plan.currency)) for one in beside(plan, has))
    return {
        number: {"currency": plan.currency, "cents": price.monthly_cents}
        for number, price in priced
        if price is not None
    }
