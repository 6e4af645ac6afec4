"""Text messages of a company: threads with its customers, calls in between, one more message, how many parts it will be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from history.activity import Activity, marked
from history.shelves import ACTIVITIES, MESSAGES, THREADS, Query, Row, Where
from history.store import BadCursor, cursor_at, read_cursor
from history.words import query_words
from media.storage.names import BadName, checked
from media.storage.store import NoSuchMedia, Stat, StoreError
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.body import Page
from mgmt.http.errors import FieldError, Problem, not_found
from mgmt.limits import message_chars_max
from mgmt.outbox.box import Outbox
from mgmt.sms import pictures
from mgmt.sms.message import Message, Thread, read
from mgmt.sms.news import News
from mgmt.sms.segments import segments
from mgmt.sms.sending import NoPictures, NoTexting, OptedOut, Sending, known_supplier, sends_pictures, texting_of
from mgmt.sms.threads import Threads

Document = dict[str, Any]
CALLS = ("call", "missed_call", "voicemail", "callback")
_e164 = re.compile(r"\+[1-9][0-9]{6,14}")


def threads(context: Context, scope: Scope, unread: bool, text: str | None, page: Page) -> Document:
    """Threads, the one with the newest message first. Raises Problem 400."""
    where = (Where("unread", "=", True),) if unread else ()
    query = Query(where, words=query_words(text or ""), after=_after(page), limit=page.limit + 1, since=1.0)
    rows = context.history.shelves.page(THREADS, scope.tenant, query)
    data = [{**Thread.from_document(row.body).to_document(), "name": _name(scope, row.body["phone"])} for row in rows]
    return {"data": data[: page.limit], "next_cursor": _next(rows, page), "numbers": _numbers(scope)}


def _numbers(scope: Scope) -> list[str]:
    """Numbers that may text."""
    return sorted(id for id, number in scope.view.numbers.items() if number.texting is not None)


def _name(scope: Scope, phone: str) -> str | None:
    """Who that is, by the lists of contacts."""
    for found in scope.view.objects.get("contacts", {}).values():
        for contact in getattr(found, "contacts", {}).values():
            if phone in contact.numbers:
                return str(contact.name)
    return None


def conversation(context: Context, scope: Scope, id: str, page: Page) -> Document:
    """Messages of a thread and calls with the same customer and number, newest first. Raises Problem 400, 404."""
    thread, shelves, after = _thread(context, scope, id), context.history.shelves, _after(page)
    more = Query((Where("thread", "=", id),), after=after, limit=page.limit + 1)
    rows = [("message", row) for row in shelves.page(MESSAGES, scope.tenant, more)]
    calls = Query((Where("customer", "=", thread.customer),), after=after, limit=page.limit + 1)
    rows += [("call", row) for row in shelves.page(ACTIVITIES, scope.tenant, calls) if row.body["kind"] in CALLS]
    rows.sort(key=lambda each: (each[1].at or 0.0, each[1].id), reverse=True)
    data = [{"kind": kind, kind: _shown(kind, row)} for kind, row in rows[: page.limit]]
    document = {**thread.to_document(), "name": _name(scope, thread.phone)}
    return {"thread": document, "data": data, "next_cursor": _next([row for _, row in rows], page)}


def _shown(kind: str, row: Row) -> Document:
    if kind == "call":
        return Activity.from_document(row.body).to_document()
    message = Message.from_document(row.body)
    media = [{name: value for name, value in one.items() if name not in ("url", "name")} for one in message.media]
    kept = [{**shown, "there": bool(one.get("name"))} for shown, one in zip(media, message.media, strict=True)]
    return {**message.to_document(), "media": kept}


def read_thread(context: Context, scope: Scope, id: str) -> Document:
    """Somebody read it: its messages are no longer unread in the inbox either. Raises Problem 404."""
    thread, now, who = _thread(context, scope, id), context.clock(), scope.identity.actor
    after = Threads(context.history.shelves).change(
        scope.tenant, thread.number, thread.phone, lambda found: read(found, now)
    )
    for activity in _unread(context, scope, thread):
        changed = context.history.update_activity(scope.tenant, activity, lambda found: _seen(found, who, now))
        if changed is not None:
            context.bus.publish(f"events.{scope.tenant}.activity", changed.to_document())
    return after.to_document()


def _seen(activity: Activity, who: str, now: float) -> Activity:
    return marked(activity, now, who, unread=False)


def _unread(context: Context, scope: Scope, thread: Thread) -> Iterator[str]:
    where = (Where("customer", "=", thread.customer),)
    for row in context.history.shelves.page(ACTIVITIES, scope.tenant, Query(where, limit=200)):
        mine = row.body["kind"] == "message" and row.body["number"] == thread.number
        if mine and row.body["unread"]:
            yield row.id


def send(context: Context, scope: Scope, body: Document) -> Document:
    """Put a message into the outbox; `id` of the caller makes a repetition harmless. Raises Problem 409, 422."""
    to, text, given = body.get("to"), body.get("text"), body.get("id")
    if not (isinstance(to, str) and _e164.fullmatch(to)):
        raise _invalid("to", "must be a number as +12025550100")
    found = _pictures(body.get("media"))
    if not (isinstance(text, str) and len(text) <= message_chars_max and (text or found)):
        raise _invalid("text", f"must be a text of 1 to {message_chars_max} characters")
    if not (given is None or (isinstance(given, str) and 0 < len(given) <= 64)):
        raise _invalid("id", "must be a text of 1 to 64 characters")
    number = body.get("from") or next(iter(_numbers(scope)), None)
    if not isinstance(number, str) or number not in _numbers(scope):
        raise _invalid("from", "must be one of your numbers that text")
    if to in scope.view.numbers:
        raise _invalid("to", "is your own number")
    shelves, who = context.history.shelves, scope.identity.actor
    sending = Sending(shelves, Outbox(shelves, context.clock), context.clock)
    source = f"{who} {given}" if given else ""
    try:
        base = _base(context, scope, number) if found else ""
        keep = partial(_kept, context, found) if found else None
        message = sending.put(scope.view, number, to, text, who, source, keep, base)
    except OptedOut as wrong:
        raise Problem(409, "opted_out", "This customer sent STOP and wants no messages from this number.") from wrong
    except NoTexting as wrong:
        raise _invalid("from", "must be one of your numbers that text") from wrong
    except NoPictures as wrong:
        detail = "Pictures cannot be sent from this number: its supplier sends none, or this node has no public name."
        raise Problem(409, "no_pictures", detail) from wrong
    News(context.bus, context.teller).message(message)
    return message.to_document()


def _pictures(given: object) -> tuple[pictures.Picture, ...]:
    try:
        return pictures.read(given if given is not None else [])
    except pictures.BadPicture as wrong:
        raise _invalid("media", str(wrong)) from wrong


def _base(context: Context, scope: Scope, number: str) -> str:
    """Where its supplier finds this node. Raises `NoPictures`, `NoTexting`."""
    row = sends_pictures(context.config.directory, texting_of(scope.view, number))
    base = row.inbound_url or context.settings.public_url
    if base is None:
        raise NoPictures(row.id)
    return base


def _kept(context: Context, found: tuple[pictures.Picture, ...], message: Message) -> list[Document]:
    try:
        return pictures.keep(context.media, message, found)
    except StoreError as away:
        raise _away() from away


def linked(context: Context, tenant: str, id: str, index: str) -> tuple[Stat, str]:
    """A picture of a message that goes out, for who has a link. Raises Problem 404, 503."""
    message = Threads(context.history.shelves).message(tenant, id)
    if message is None or message.direction != "out":
        raise not_found("file")
    return _picture(context, message, index)


def preview(text: object) -> Document:
    """How many parts a text will be, before it is sent. Raises Problem 422."""
    if not (isinstance(text, str) and len(text) <= message_chars_max):
        raise _invalid("text", f"must be a text of at most {message_chars_max} characters")
    found = segments(text)
    return {"encoding": found.encoding, "segments": found.count, "units": found.units, "left": found.left}


def picture(context: Context, scope: Scope, id: str, index: str) -> tuple[Stat, str]:
    """A picture of a message, and its type. Raises Problem 404, 503."""
    message = Threads(context.history.shelves).message(scope.tenant, id)
    if message is None:
        raise not_found("picture")
    return _picture(context, message, index)


def _picture(context: Context, message: Message, index: str) -> tuple[Stat, str]:
    media = next((one for n, one in enumerate(message.media) if str(n) == index), {})
    try:
        return context.media.stat(checked(str(media.get("name")))), str(media["type"])
    except (BadName, NoSuchMedia, KeyError) as wrong:
        raise not_found("picture") from wrong
    except StoreError as away:
        raise _away() from away


def _away() -> Problem:
    return Problem(503, "media_unavailable", "The media store does not answer at this moment.")


def addresses(context: Context) -> Document:
    """For operators: where each supplier has to bring messages."""
    directory, found = context.config.directory, list[Document]()
    for id in sorted(directory.system.get("supplier", {})):
        known = known_supplier(directory, context.sealer, id)
        if known is not None:
            base = (known.row.inbound_url or context.settings.url).rstrip("/")
            found.append({"id": id, "kind": known.row.kind, "url": f"{base}/sms/{id}/{known.key}"})
    return {"data": found}


def _thread(context: Context, scope: Scope, id: str) -> Thread:
    found = Threads(context.history.shelves).by_id(scope.tenant, id)
    if found is None:
        raise not_found("thread")
    return found


def _after(page: Page) -> tuple[float, str] | None:
    try:
        return read_cursor(page.cursor) if page.cursor is not None else None
    except BadCursor as wrong:
        raise Problem(400, "invalid_cursor", "This cursor was not made by this server.") from wrong


def _next(rows: list[Row], page: Page) -> str | None:
    return cursor_at(rows[page.limit - 1].at or 0.0, rows[page.limit - 1].id) if len(rows) > page.limit else None


def _invalid(field: str, detail: str) -> Problem:
    return Problem(422, "invalid_field", f"{field} {detail}.", (FieldError(f"/{field}", detail),))
