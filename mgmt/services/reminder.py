"""Background service: reminds people of what is due in the inbox: tasks with a date, promised calls back, what waits for longer
than the company's service level; by e-mail, once.

Who has it is told, else the owners. What comes due in the night of the company waits for its morning. The letter's id is made of
the activity and its date, so that a reminder is one however often this runs, and whoever dies in the middle.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from configdb.snapshot import TenantView
from history.activity import OPEN, Activity, levelled
from history.shelves import ACTIVITIES, Query, Where
from mgmt.limits import callback_due_s, reminded_max, reminder_age_s_max
from mgmt.mail.letter import NoAddress
from mgmt.mail.sending import item
from mgmt.quiet import is_quiet
from mgmt.services.ledger import Report
from mgmt.services.parts import Parts

period_s = 60.0
WORDS = {
    "en": ("Due: {title}", "{title}\n\nIt was due at {at}.\n{who}\n\nIt waits in the inbox of {company}.\n"),
    "ru": ("Срок: {title}", "{title}\n\nСрок был {at}.\n{who}\n\nЭто ждёт во входящих компании {company}.\n"),
}


def run(parts: Parts) -> Report:
    """All companies that are awake."""
    now, done = parts.clock(), 0
    for view in parts.directory().tenants.values():
        if not is_quiet(view.tenant, now):
            done += sum(_remind(parts, view, one, now) for one in _due(parts, view, now))
    return Report(done, f"{done} reminders")


def _due(parts: Parts, view: TenantView, now: float) -> list[Activity]:
    """What came due in the last days and nobody has finished."""
    where = (Where("due_at", ">=", now - reminder_age_s_max), Where("due_at", "<", now))
    rows = parts.history.shelves.page(ACTIVITIES, view.tenant.id, Query(where, limit=reminded_max))
    due = [found for row in rows if (found := Activity.from_document(row.body)).state == OPEN]
    return due + _promised(parts, view, now) + _late(parts, view, now)


def _promised(parts: Parts, view: TenantView, now: float) -> list[Activity]:
    """Calls back that customers asked for without a date and nobody has dealt with: due an hour after they asked."""
    query = Query(
        (Where("kind", "=", "callback"),),
        since=now - reminder_age_s_max,
        until=now - callback_due_s,
        limit=reminded_max,
    )
    rows = parts.history.shelves.page(ACTIVITIES, view.tenant.id, query)
    found = (Activity.from_document(row.body) for row in rows)
    waiting = (one for one in found if one.state == OPEN and one.handled_at is None and one.due_at is None)
    return [replace(one, due_at=one.at + callback_due_s) for one in waiting]


def _late(parts: Parts, view: TenantView, now: float) -> list[Activity]:
    """What customers left and nobody has dealt with within the service level. Calls back have a promise of their own."""
    within_min = view.tenant.answer_within_min
    if within_min is None:
        return []
    query = Query(
        (Where("state", "=", OPEN),), since=now - reminder_age_s_max, until=now - 60 * within_min, limit=reminded_max
    )
    rows = parts.history.shelves.page(ACTIVITIES, view.tenant.id, query)
    found = (levelled(Activity.from_document(row.body), within_min) for row in rows)
    late = (one for one in found if one.answer_by is not None and one.due_at is None and one.kind != "callback")
    return [replace(one, due_at=one.answer_by) for one in late]


def _remind(parts: Parts, view: TenantView, found: Activity, now: float) -> int:
    owner = view.users.get(found.assigned_to or "")
    people = [owner] if owner is not None else [user for user in view.users.values() if user.role == "owner"]
    sent = 0
    for user in people:
        subject, text = WORDS.get(view.tenant.language, WORDS["en"])
        at = datetime.fromtimestamp(found.due_at or now, UTC).astimezone(ZoneInfo(view.tenant.timezone))
        said = {
            "title": found.title or found.kind,
            "at": at.strftime("%Y-%m-%d %H:%M"),
            "who": found.from_name or found.phone or found.email or "",
            "company": view.tenant.name,
        }
        with suppress(NoAddress):
            id = f"reminder-{found.id}-{int(found.due_at or 0)}-{user.id}"
            subject, text = subject.format(**said), text.format(**said)
            letter = item(view.tenant.id, id, user.email or "", subject, text, now, about=found.id)
            if parts.outbox.get(view.tenant.id, letter.id) is None:
                sent += 1
                if not parts.errand.dry:
                    parts.outbox.put(letter)
    return sent
