"""Background service: a hoster's controller is told how much its subscriptions use, when that changed (APS 2 resource usage).

It is asked to take it by the outbox, which tries again while the controller is away or its transaction is still open (400).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from secrets import token_hex
from typing import TYPE_CHECKING

from configdb.estate import Partner
from configdb.numbering import countries_of
from configdb.snapshot import TenantView
from history.shelves import NODE, Shelves
from mgmt.billing.months import used_in
from mgmt.limits import partner_patience_s
from mgmt.outbox.item import Failed, Item, Outcome, Sent
from mgmt.outbox.web import Ask, NotAllowed, Unanswered, Unsent
from mgmt.partners import aps, oauth1
from mgmt.partners.front import Front
from mgmt.services.ledger import Report
from mgmt.signup.sweep import engine_of

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

period_s = 900.0
WHAT = "usage"


def counted(shelves: Shelves, view: TenantView, now: float) -> dict[str, int]:
    """By the names of the controller; minutes are those of the plan in the calendar month (UTC)."""
    month = datetime.fromtimestamp(now, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    minutes = sum(one.minutes for one in used_in(shelves, view.tenant.id, month.timestamp(), now))
    countries = len(countries_of(view.numbers))
    return {"USERS": len(view.users), "NUMBERS": len(view.numbers), "MINUTES": minutes, "COUNTRY": countries}


def run(parts: Parts) -> Report:
    """All companies of hosters."""
    engine, now, done = engine_of(parts), parts.clock(), 0
    for row in parts.directory().system.get("partner", {}).values():
        view = parts.directory().tenants.get(row.tenant) if isinstance(row, Partner) else None
        if not isinstance(row, Partner) or row.partner != aps.ID or view is None:
            continue
        found = engine.signups.of_account(aps.ID, row.account)
        counts = counted(parts.history.shelves, view, now)
        told = json.dumps(counts, sort_keys=True)
        if found is None or found.about.get("usage_told") == told:
            continue
        done += 1
        if not parts.errand.dry:
            parts.outbox.put(_item(row, counts, now))
            engine.signups.note(found.id, usage_told=told)
    return Report(done, f"{done} usages told")


def _item(row: Partner, counts: dict[str, int], now: float) -> Item:
    payload = {"what": WHAT, "account": row.account, "counts": counts}
    id, until = f"aps-usage-{row.tenant}-{int(now)}", now + partner_patience_s
    return Item(id, NODE, "partner", aps.ID, payload, now, until, repeatable=True, tries_max=30, due_at=now)


def send(parts: Parts, front: Front, item: Item) -> Outcome:
    """One attempt."""
    account = aps.resource_id(item.payload["account"])
    url = f"{front.url}/aps/2/application/tenant/{account}"
    body = json.dumps({"aps": {"id": account}, **aps.usage(item.payload["counts"])}).encode()
    signed = oauth1.header("PUT", url, body, front.client, front.secret, parts.clock(), token_hex(16))
    headers = {"Authorization": signed, "Content-Type": "application/json", "Accept": "application/json"}
    try:
        answer = parts.web(Ask("PUT", url, headers, body))
    except (NotAllowed, Unsent, Unanswered) as away:
        return Failed(str(away))
    if 200 <= answer.status < 300 or answer.status in (
        404,
        410,
    ):  # the subscription is gone there: nobody counts any longer
        return Sent(None, f"answered {answer.status}")
    return Failed(f"the controller answers {answer.status}")
