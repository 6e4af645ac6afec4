"""The inbox of a tenant: what customers sent and people have to do, and what people make of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from history import activity as activities
from history.activity import Activity, TooMany, customer_of, levelled
from history.shelves import ACTIVITIES, Put
from history.store import ActivityFilter, BadCursor
from media.storage.names import BadName, checked
from media.storage.store import NoSuchMedia, Stat, StoreError
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.body import Page
from mgmt.http.errors import FieldError, Problem, not_found
from mgmt.limits import flag_chars_max, note_chars_max
from mgmt.usecases import mentions

Document = dict[str, Any]


def feed(context: Context, scope: Scope, wanted: ActivityFilter, page: Page) -> Document:
    """One page, newest first; with the first the counts of the tabs. Raises Problem 400."""
    try:
        found = context.history.activities(scope.tenant, wanted, page.cursor, page.limit)
    except BadCursor as wrong:
        raise Problem(400, "invalid_cursor", "This cursor was not made by this server.") from wrong
    within_min = scope.view.tenant.answer_within_min
    data = [levelled(activity, within_min).to_document() for activity in found.rows]
    counts = context.history.counts(scope.tenant) if page.cursor is None else {}
    return {"data": data, "next_cursor": found.next_cursor, "counts": counts}


def one(context: Context, scope: Scope, id: str) -> Document:
    """One activity. Raises Problem 404."""
    found = context.history.activity(scope.tenant, id)
    if found is None:
        raise not_found("activity")
    return levelled(found, scope.view.tenant.answer_within_min).to_document()


def attachment(context: Context, scope: Scope, id: str, index: str) -> tuple[Stat, str, str]:
    """A file that came with it, its name and its type. Raises Problem 404, 503."""
    found = context.history.activity(scope.tenant, id)
    files = found.attachments if found is not None else []
    one = next((file for number, file in enumerate(files) if str(number) == index), {})
    try:
        name = checked(str(one["name"]))
        if not name.startswith(f"{scope.tenant}/"):
            raise not_found("attachment")
        return context.media.stat(name), str(one.get("file") or f"{index}.{name.rpartition('.')[2]}"), str(one["type"])
    except (BadName, NoSuchMedia, KeyError) as wrong:
        raise not_found("attachment") from wrong
    except StoreError as away:
        raise Problem(503, "media_unavailable", "The media store does not answer at this moment.") from away


def create(context: Context, scope: Scope, body: Document) -> Document:
    """A task of a person; `id` of the caller makes a repetition harmless. Raises Problem 404 (user), 422."""
    given, now = body.get("id"), context.clock()
    if given is not None and not (isinstance(given, str) and 0 < len(given) <= 64):
        raise _invalid("id", "must be a text of 1 to 64 characters")
    key = given or secrets.token_hex(16)
    phone, email = _text(body, "phone", 64), _text(body, "email", 254)
    made = Activity(
        id=activities.activity_id("task", f"{scope.identity.actor} {key}"),
        tenant=scope.tenant,
        kind="task",
        call=_text(body, "call", 64) or "",
        at=now,
        from_=phone or email or "",
        to="",
        title=_text(body, "title", 200, required=True) or "",
        text=_text(body, "text", note_chars_max) or "",
        unread=True,
        phone=phone,
        email=email,
        customer=customer_of(phone, email),
        assigned_to=_user(scope, body, "assigned_to"),
        due_at=_moment(body, "due_at"),
    )
    return keep(context, made).to_document()


def keep(context: Context, made: Activity) -> Activity:
    """File what a channel brought, unless it is there already; everybody who looks is told. What is there then."""
    known = context.history.activity(made.tenant, made.id)
    if known is not None:
        return known
    context.history.shelves.write([Put(ACTIVITIES, made.tenant, made.id, made.to_document())])
    _tell(context, made, "activity.created")
    return made


def change(context: Context, scope: Scope, id: str, body: Document, revision: int | None) -> Document:
    """Mark it; everybody who looks is told. Raises Problem 404, 412 (somebody was faster), 422."""
    return _marked(context, scope, id, _marks(scope, body), revision)


def change_many(context: Context, scope: Scope, changes: Sequence[Document]) -> Document:
    """Mark many, each `{id, ...}` as for one: `{data, missing}`. Raises Problem 422, and nothing is changed then."""
    marks = [(_text(one, "id", 128, required=True) or "", _marks(scope, one)) for one in changes]
    changed: list[Document] = []
    missing: list[str] = []
    for id, wanted in marks:
        try:
            changed.append(_marked(context, scope, id, wanted, None))
        except Problem as problem:
            if problem.status != 404:
                raise
            missing.append(id)
    return {"data": changed, "missing": missing}


def _marks(scope: Scope, body: Document) -> Document:
    """What people make of an activity, as `history.activity.marked` takes it. Raises Problem 422."""
    unread, state, flags = body.get("unread"), body.get("state"), body.get("flags")
    if not (unread is None or isinstance(unread, bool)):
        raise _invalid("unread", "must be true or false")
    if state is not None and state not in activities.STATES:
        raise _invalid("state", "must be open, finished or resolved")
    if flags is not None and not (
        isinstance(flags, list) and all(isinstance(f, str) and 0 < len(f) <= flag_chars_max for f in flags)
    ):
        raise _invalid("flags", f"must be a list of texts of 1 to {flag_chars_max} characters")
    if flags is not None and len(flags) > activities.FLAGS_MAX:
        raise _invalid("flags", f"are more than {activities.FLAGS_MAX}")
    marks: Document = {"unread": unread, "state": state, "flags": None if flags is None else tuple(flags)}
    if "assigned_to" in body:
        marks["assigned_to"] = _user(scope, body, "assigned_to")
    if "due_at" in body:
        marks["due_at"] = _moment(body, "due_at")
    return marks


def _marked(context: Context, scope: Scope, id: str, marks: Document, revision: int | None) -> Document:
    who, now = scope.identity.actor, context.clock()
    return _update(context, scope, id, lambda found: activities.marked(found, now, who, **marks), revision)


def comment(context: Context, scope: Scope, id: str, body: Document) -> Document:
    """Add a comment, of which colleagues whom it names (`@ben`) are told. Raises Problem 404, 422.

    `id` of the caller makes a repetition harmless.
    """
    comment_id = _text(body, "id", 64) or secrets.token_hex(8)
    text = _text(body, "text", note_chars_max, required=True) or ""
    who, now = scope.identity.actor, context.clock()
    added: list[bool] = []

    def make(found: Activity) -> Activity:
        after = activities.commented(found, now, who, comment_id, text)
        added[:] = [after is not found]
        return after

    document = _update(context, scope, id, make, None)
    if added == [True]:
        mentions.tell(context, scope, document, text)
    return document


def uncomment(context: Context, scope: Scope, id: str, comment_id: str) -> Document:
    """Remove a comment: one's own, or as a manager. Raises Problem 403, 404."""
    who, now = scope.identity.actor, context.clock()

    def make(found: Activity) -> Activity:
        if any(one["id"] == comment_id and one["by"] != who for one in found.comments):
            scope.require_manager()
        return activities.uncommented(found, now, comment_id)

    return _update(context, scope, id, make, None)


def _update(
    context: Context, scope: Scope, id: str, make: Callable[[Activity], Activity], revision: int | None
) -> Document:
    def checked(found: Activity) -> Activity:
        if revision is not None and found.revision != revision:
            raise Problem(412, "changed", "Somebody changed this activity meanwhile. Read it again.")
        return make(found)

    try:
        changed = context.history.update_activity(scope.tenant, id, checked)
    except TooMany as wrong:
        raise _invalid("flags" if "flags" in str(wrong) else "comments", f"are {wrong}") from wrong
    if changed is None:
        raise not_found("activity")
    return _tell(context, changed, "activity.changed")


def _tell(context: Context, activity: Activity, type: str) -> Document:
    tenant = activity.tenant
    view = context.config.directory.tenants.get(tenant)
    document = levelled(activity, view.tenant.answer_within_min if view is not None else None).to_document()
    context.teller.tell(tenant, type, activity.call or None, {"activity": document}, activity.id, activity.revision)
    context.bus.publish(f"events.{tenant}.activity", document)
    return document


def _text(body: Mapping[str, Any], name: str, chars_max: int, required: bool = False) -> str | None:
    value = body.get(name)
    if value is None and not required:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= chars_max:
        raise _invalid(name, f"must be a text of 1 to {chars_max} characters")
    return value


def _user(scope: Scope, body: Mapping[str, Any], name: str) -> str | None:
    value = _text(body, name, 64)
    if value is not None and value not in scope.view.users:
        raise _invalid(name, "must be a user of this company")
    return value


def _moment(body: Mapping[str, Any], name: str) -> float | None:
    value = body.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise _invalid(name, "must be a time")
    return None if value is None else float(value)


def _invalid(field: str, detail: str) -> Problem:
    return Problem(422, "invalid_field", f"{field} {detail}.", (FieldError(f"/{field}", detail),))
