"""Background service: people with the app are told of missed calls, voice messages and texts; silently at night and with DND on.

Told are those whom it is about: whose telephones rang in vain, whose mailbox it is, who was given it; a text to the company
that nobody was given goes to all who have the app. Each alert is an item of the outbox whose id is made of the inbox's item and
of the app: it is sent once, whichever node leads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from configdb.push import PushService
from configdb.snapshot import TenantView
from history.activity import OPEN, Activity
from history.app import App
from history.shelves import APPS, Where
from history.store import ActivityFilter
from mgmt.limits import alerted_items_max, alerts_age_s_max, app_idle_s_max
from mgmt.outbox.channels import Channel
from mgmt.outbox.item import Failed, Item, Outcome, Refused, Sent
from mgmt.push.alerts import KINDS, Alert, note_of
from mgmt.push.notes import Outcome as Ended
from mgmt.quiet import is_quiet
from mgmt.services.ledger import Report
from mgmt.services.parts import Parts
from mgmt.usecases.mobile.wakes import service_for

period_s = 2.0
CHANNEL = "alert"


def run(parts: Parts) -> Report:
    """What is new of companies in which somebody has the app. Raises `StoreAway`."""
    done, now = 0, parts.clock()
    for tenant, apps in _listening(parts, now).items():
        view = parts.directory().tenants.get(tenant)
        if view is not None:
            done += sum(
                _put(parts, one, app, now) for one in _new(parts, tenant, now) for app in _of(parts, view, one, apps)
            )
    return Report(done, f"{done} alerts")


def _listening(parts: Parts, now: float) -> Mapping[str, list[App]]:
    """The apps that can be alerted, by company."""
    found = defaultdict[str, list[App]](list)
    for row in parts.history.shelves.everywhere(APPS, (Where("alerted", "known"),)):
        app = App.from_document(row.body)
        if app.seen_at >= now - app_idle_s_max:
            found[row.tenant].append(app)
    return found


def _new(parts: Parts, tenant: str, now: float) -> tuple[Activity, ...]:
    wanted = ActivityFilter(states=(OPEN,), kinds=KINDS, unread=True, since=now - alerts_age_s_max)
    return parts.history.activities(tenant, wanted, None, alerted_items_max).rows


def _of(parts: Parts, view: TenantView, one: Activity, apps: list[App]) -> list[App]:
    """Those of the apps, signed in before it, whose people it is about."""
    mine = [app for app in apps if app.created_at <= one.at and app.user in view.users]
    people = _people(parts, view, one) if mine else frozenset()
    return [app for app in mine if app.user in people]


def _people(parts: Parts, view: TenantView, one: Activity) -> frozenset[str]:
    if one.assigned_to is not None:
        return frozenset({one.assigned_to})
    match one.kind:
        case "missed_call":
            legs = parts.history.legs(view.tenant.id, one.call)
            return frozenset(leg.party for leg in legs if leg.role == "callee")
        case "voicemail":
            box = view.mailboxes.get(one.mailbox or "")
            return frozenset(id for id, user in view.users.items() if box is not None and box.is_of(user))
    called = frozenset(id for id, user in view.users.items() if user.extension == one.to)
    return called or frozenset(view.users)


def _put(parts: Parts, one: Activity, app: App, now: float) -> bool:
    id = f"alert-{one.id}-{app.id}"
    if parts.outbox.get(one.tenant, id) is not None:
        return False
    if not parts.errand.dry:
        payload = {"activity": one.id, "app": app.id}
        parts.outbox.put(
            Item(id, one.tenant, CHANNEL, app.platform, payload, now, now + alerts_age_s_max, True, due_at=now)
        )
    return True


def alert(parts: Parts, item: Item) -> Outcome:
    """One attempt."""
    view = parts.directory().tenants.get(item.tenant)
    one = parts.history.activity(item.tenant, str(item.payload["activity"]))
    body = parts.history.shelves.get(APPS, item.tenant, str(item.payload["app"]))
    app = App.from_document(body) if body is not None else None
    if view is None or one is None or one.state != OPEN or not one.unread:
        return Sent(said="somebody saw it meanwhile")
    if app is None or app.push is None or app.user not in view.users:
        return Sent(said="the app was signed out meanwhile")
    now = parts.clock()
    language = app.push.get("locale") or view.tenant.language
    quiet = is_quiet(view.tenant, now) or view.users[app.user].dnd
    said = Alert(one.id, one.kind, one.from_name or one.from_, one.call, language, quiet)
    known = parts.directory().system.get("push", {})
    service = service_for(
        app.push, [account for _, account in sorted(known.items()) if isinstance(account, PushService)]
    )
    note = note_of(said, app.push, service, now) if service is not None else None
    if service is None or note is None:
        return Refused("there is no account at the push service of this app")
    ended, why = parts.push.tell(note, service)
    if ended is Ended.DEAD:
        _forget(parts, app)
    return _OUTCOMES[ended](why) if ended is not Ended.SENT else Sent(said="shown")


_OUTCOMES: Mapping[Ended, type[Failed | Refused]] = {
    Ended.LATER: Failed,
    Ended.TOKEN: Failed,
    Ended.DEAD: Refused,
    Ended.REFUSED: Refused,
}


def _forget(parts: Parts, app: App) -> None:
    """The push service knows the name no more; the one for calls is another one."""
    gone = (app.push or {}).get("token")

    def without(body: dict[str, Any]) -> dict[str, Any]:
        push = body.get("push") or {}
        return {**body, "push": {**push, "token": None}} if push.get("token") == gone else body

    parts.history.shelves.change(APPS, app.tenant, app.id, without)


def channel() -> Channel[Parts]:
    """The row of the table of channels."""
    return Channel(CHANNEL, alert)
