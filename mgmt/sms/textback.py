"""Who called and reached nobody gets a text: once a call, not again to the same caller for a while, never after STOP.

Asked again for the calls of the last minutes, so that a crash loses none; the call makes the message's id, so that none is
answered twice.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from configdb.snapshot import TenantView
from configdb.texting import Texting
from history.activity import Activity
from history.shelves import ACTIVITIES, Query, Where
from ivr.hours import decide
from mgmt.limits import textback_age_s_max, textback_calls_max
from mgmt.services.ledger import Report
from mgmt.sms.sending import NoTexting, OptedOut, Sending, filled, texting_of
from mgmt.sms.threads import Threads

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

period_s = 5.0
HOUR_S = 3600.0


def run(parts: Parts) -> Report:
    """All tenants that want it."""
    sent = 0
    for view in parts.directory().tenants.values():
        if any(_wants(texting) for texting in view.objects.get("texting", {}).values()):
            sent += sum(_answer(parts, view, call) for call in _missed(parts, view))
    return Report(sent, f"{sent} missed calls answered by a text")


def _wants(texting: object) -> bool:
    return isinstance(texting, Texting) and bool(texting.text_back or texting.text_back_closed)


def _missed(parts: Parts, view: TenantView) -> list[Activity]:
    since = parts.clock() - textback_age_s_max
    query = Query((Where("kind", "=", "missed_call"),), since=since, limit=textback_calls_max, oldest_first=True)
    found = parts.history.shelves.page(ACTIVITIES, view.tenant.id, query)
    return [Activity.from_document(row.body) for row in found]


def _answer(parts: Parts, view: TenantView, call: Activity) -> bool:
    number, phone = call.number or call.to, call.phone or call.from_
    if call.origin != "inbound" or not phone.startswith("+") or phone in view.numbers:
        return False
    try:
        texting = texting_of(view, number)
    except NoTexting:
        return False
    threads, tenant = Threads(parts.history.shelves), view.tenant.id
    thread, words = threads.thread(tenant, number, phone), _words(view, texting, call.at)
    rests = thread.textback_at is not None and call.at < thread.textback_at + texting.text_back_h * HOUR_S
    if not words or (rests and thread.textback_of != call.id):
        return False
    sending = Sending(parts.history.shelves, parts.outbox, parts.clock)
    try:
        known = thread.textback_of == call.id
        message = sending.put(view, number, phone, filled(words, view), by="text_back", source=f"text_back {call.id}")
    except OptedOut:
        return False
    threads.change(tenant, number, phone, lambda found: replace(found, textback_at=call.at, textback_of=call.id))
    if not known:
        parts.news.message(message)
    return not known


def _words(view: TenantView, texting: Texting, at: float) -> str:
    schedule = view.schedules.get(texting.schedule or "")
    if schedule is None:
        return texting.text_back
    is_open = decide(schedule, view.tenant.timezone, datetime.fromtimestamp(at, UTC)).code == "hours.open"
    return texting.text_back if is_open else texting.text_back_closed
