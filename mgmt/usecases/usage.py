"""How much of its plan a company uses: minutes of this month, people, phones, numbers, each with what the plan holds."""

from __future__ import annotations

from typing import Any

from mgmt.access.scope import Scope
from mgmt.billing.minutes import month_now
from mgmt.billing.plans import plan_of
from mgmt.billing.spent import minutes_used
from mgmt.context import Context

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
