"""What developers of a tenant do with webhooks: see what became of deliveries, have them made again, try one, change secrets."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from configdb.event_log import EventsAway
from configdb.log import Change
from configdb.office import Webhook, WebhookForm
from configdb.signatures import new_secret
from history.deliveries import DEAD, STATES, WAITING, Delivery, delivery_of
from history.happened import EVENT_TYPES, Event, event_id
from history.shelves import DELIVERIES, Query, Where
from history.store import BadCursor, cursor_at, read_cursor
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.body import Page
from mgmt.http.errors import Problem, not_found
from mgmt.limits import webhook_replay_events_max, webhook_secret_overlap_s
from mgmt.stream.envelope import envelope, wants
from mgmt.stream.teller import PEOPLE
from mgmt.webhooks.forms import written

Document = dict[str, Any]
COUNTED_MAX = 1000


def types(_: Scope) -> list[Document]:
    """Every type of event, with words: the same for every tenant."""
    return [{"type": type, "text": text} for type, text in EVENT_TYPES.items()]


def listed(context: Context, scope: Scope) -> list[Document]:
    """The webhooks of the tenant with how their deliveries stand. Raises Problem 403."""
    scope.require_manager()
    return [_summary(context, scope, hook) for hook in _hooks(scope)]


def deliveries(
    context: Context, scope: Scope, webhook: str, state: str | None, type: str | None, page: Page
) -> Document:
    """A page of what became of events, newest first. Raises Problem 400, 403, 404."""
    hook = _hook(scope, webhook)
    if state is not None and state not in STATES:
        raise Problem(400, "invalid_state", f"state must be of {', '.join(STATES)}.")
    where = [Where("webhook", "=", webhook)]
    where += [Where(name, "=", value) for name, value in (("state", state), ("type", type)) if value is not None]
    try:
        after = read_cursor(page.cursor) if page.cursor is not None else None
    except BadCursor as wrong:
        raise Problem(400, "invalid_cursor", "This cursor was not made by this server.") from wrong
    rows = context.history.shelves.page(
        DELIVERIES, scope.tenant, Query(tuple(where), after=after, limit=page.limit + 1)
    )
    more = cursor_at(rows[page.limit - 1].at or 0.0, rows[page.limit - 1].id) if len(rows) > page.limit else None
    return {"data": [_shown(row.body, hook.form) for row in rows[: page.limit]], "next_cursor": more}


def again(context: Context, scope: Scope, webhook: str, event: str) -> Document:
    """Have a delivery made once more, with the same id: a receiver that has it already knows. Raises Problem 403, 404."""
    hook = _hook(scope, webhook)

    def waits(body: Document) -> Document:
        found = Delivery.from_document(body)
        return replace(found, state=WAITING, refused=0, at=context.clock(), due_at=0.0).to_document()

    found = context.history.shelves.change(DELIVERIES, scope.tenant, f"{webhook}/{event}", waits)
    if found is None:
        raise not_found("delivery")
    _poke(context)
    return _shown(found, hook.form)


def again_all(context: Context, scope: Scope, webhook: str) -> Document:
    """Have every dead delivery made once more. Raises Problem 403, 404."""
    _hook(scope, webhook)
    where = (Where("webhook", "=", webhook), Where("state", "=", DEAD))
    rows = context.history.shelves.page(DELIVERIES, scope.tenant, Query(where, limit=webhook_replay_events_max))
    for row in rows:
        again(context, scope, webhook, row.id.partition("/")[2])
    return {"count": len(rows)}


def replay(context: Context, scope: Scope, webhook: str, after: int) -> Document:
    """Deliver the events of the log behind a cursor, as far as the webhook wants them. Raises Problem 403, 404, 503.

    What waits already is not doubled; what was delivered is told again under its old id. `cursor` goes on, None: that was all.
    """
    hook, made, last = _hook(scope, webhook), list[Delivery](), after
    try:
        while len(made) < webhook_replay_events_max:
            found = context.events.read(scope.tenant, last, 200)
            if not found:
                break
            last = found[-1].sequence
            now = context.clock()
            made += [
                delivery_of(webhook, kept.event, kept.sequence, now)
                for kept in found
                if wants(hook.events, str(kept.event["type"]))
            ]
    except EventsAway as away:
        raise events_away() from away
    context.history.shelves.write([one.put() for one in made])
    _poke(context)
    return {"count": len(made), "cursor": str(last) if len(made) >= webhook_replay_events_max else None}


def tried(context: Context, scope: Scope, webhook: str) -> Document:
    """Send an event that says only that it is a test. Raises Problem 403, 404."""
    hook = _hook(scope, webhook)
    now, source = context.clock(), f"{context.spool} {PEOPLE}"
    data = {"by": scope.identity.actor, "text": "This is a test."}
    event = Event(
        event_id("test", secrets.token_hex(16)), scope.tenant, "webhook.test", now, None, source, data
    ).to_document()
    made = delivery_of(webhook, event, 0, now)
    context.history.shelves.write([made.put()])
    _poke(context)
    return _shown(made.to_document(), hook.form)


def rotated(context: Context, scope: Scope, webhook: str) -> Document:
    """A new secret; for a day both sign. Raises Problem 403, 404; `Refused` and `Unknown` of the log."""
    hook, made = _hook(scope, webhook), new_secret()
    until = datetime.fromtimestamp(context.clock(), UTC) + timedelta(seconds=webhook_secret_overlap_s)
    document = hook.model_dump(mode="json") | {
        "secret": context.sealer.seal(made),
        "previous_secret": hook.secret,
        "previous_until": until.isoformat() if hook.secret is not None else None,
    }
    change = Change("webhook", webhook, document)
    context.config.transact(scope.tenant, [change], scope.identity.actor, f"webhook {webhook}: new secret")
    return {"secret": made, "previous_until": document["previous_until"]}


def happened(context: Context, scope: Scope, wanted: tuple[str, ...], after: int, limit: int) -> Document:
    """Events of the log behind a cursor, oldest first; `cursor` goes on. Raises Problem 503.

    "complete" false: the log does not reach back to the cursor any more.
    """
    try:
        span = context.events.span()
        found = context.events.read(scope.tenant, after, limit)
    except EventsAway as away:
        raise events_away() from away
    rows = [{"cursor": str(one.sequence), **envelope(one.event)} for one in found if wants(wanted, one.event["type"])]
    last = found[-1].sequence if found else max(after, span.last) if after <= span.last else span.last
    return {
        "data": rows,
        "cursor": str(last),
        "more": len(found) == limit,
        "complete": span.first - 1 <= after <= span.last,
    }


def events_away() -> Problem:
    """The event log does not answer."""
    return Problem(503, "events_away", "The event log does not answer now.", headers=(("Retry-After", "2"),))


def _hooks(scope: Scope) -> list[Webhook]:
    found = scope.view.objects.get("webhook", {}).values()
    return sorted((one for one in found if isinstance(one, Webhook)), key=lambda one: one.id)


def _hook(scope: Scope, id: str) -> Webhook:
    scope.require_manager()
    found = next((hook for hook in _hooks(scope) if hook.id == id), None)
    if found is None:
        raise not_found("webhook")
    return found


def _summary(context: Context, scope: Scope, hook: Webhook) -> Document:
    shelves, mine = context.history.shelves, Where("webhook", "=", hook.id)
    newest = shelves.page(DELIVERIES, scope.tenant, Query((mine,), limit=1))
    counts = {
        state: shelves.count(DELIVERIES, scope.tenant, (mine, Where("state", "=", state)), COUNTED_MAX)
        for state in (WAITING, DEAD)
    }
    return {
        "id": hook.id,
        "name": hook.name,
        "url": hook.url,
        "events": list(hook.events),
        "form": hook.form,
        "enabled": hook.enabled,
        "previous_until": hook.previous_until.isoformat() if hook.previous_until is not None else None,
        "waiting": counts[WAITING],
        "dead": counts[DEAD],
        "last": _shown(newest[0].body, hook.form) if newest else None,
    }


def _shown(body: Document, form: WebhookForm) -> Document:
    found = Delivery.from_document(body)
    return {
        "event": found.event["id"],
        "webhook": found.webhook,
        "type": found.type,
        "at": found.at,
        "happened_at": found.event["at"],
        "call": found.event.get("call"),
        "state": found.state,
        "due_at": found.due_at if found.state == WAITING else None,
        "count": found.count,
        "tries": found.tries,
        "body": written(form, found.event),
    }


def _poke(context: Context) -> None:
    context.bus.publish("webhooks.again", {})
