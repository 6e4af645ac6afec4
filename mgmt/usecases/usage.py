"""How much of its plan a company uses: minutes of this month, people, phones, numbers, each with what the plan holds."""

from __future__ import annotations

from itertools import islice
from typing import Any

from mgmt.access.scope import Scope
from mgmt.billing.minutes import month_now
from mgmt.billing.months import used_in
from mgmt.billing.plans import plan_of
from mgmt.context import Context
from mgmt.limits import usage_counted_max

Document = dict[str, Any]


def shown(context: Context, scope: Scope) -> Document:
    """`{since_at, until_at, data: [{what, used, of}], complete}`; `of` None: as many as they like. Raises Problem 403.

    The month is that of the invoices; where another keeps the accounts, that of the company's calendar. Of very many calls
    the first of the month are counted: then it is not `complete`.
    """
    scope.require_insight()
    since, until = month_now(context.history.shelves, scope.view.tenant, context.clock())
    calls = list(islice(used_in(context.history.shelves, scope.tenant, since, until), usage_counted_max))
    plan, view = plan_of(context.config.directory, scope.view.tenant), scope.view
    rows = (
        ("minutes", sum(one.minutes for one in calls), plan.minutes_included if plan else None),
        ("users", len(view.users), plan.users_max if plan else None),
        ("devices", len(view.devices), plan.devices_max if plan else None),
        ("numbers", len(view.numbers), plan.numbers_max if plan else None),
    )
    return {
        "since_at": since,
        "until_at": until,
        "data": [{"what": what, "used": used, "of": of} for what, used, of in rows],
        "complete": len(calls) < usage_counted_max,
    }
