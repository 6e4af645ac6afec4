"""Reports of a company: ask for one, see how far it is, take its file, have it forgotten."""

from __future__ import annotations

import secrets
from typing import Any

from history.shelves import REPORTS, Drop, Put, Query, Where
from history.store import BadCursor, cursor_at, read_cursor
from media.storage.store import NoSuchMedia, Stat, StoreError
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.body import Page
from mgmt.http.errors import FieldError, Problem, not_found
from mgmt.http.wire import stamp
from mgmt.limits import report_span_s_max, reports_waiting_max
from mgmt.reports.forms import FORMS
from mgmt.reports.job import READY, WAITING, Job
from mgmt.reports.kinds import KINDS

Document = dict[str, Any]


def listed(context: Context, scope: Scope, page: Page) -> Document:
    """The newest first. Raises Problem 400, 403."""
    scope.require_insight()
    try:
        after = read_cursor(page.cursor) if page.cursor is not None else None
    except BadCursor as wrong:
        raise Problem(400, "invalid_cursor", "This cursor was not made by this server.") from wrong
    rows = context.history.shelves.page(REPORTS, scope.tenant, Query(after=after, limit=page.limit + 1))
    more = len(rows) > page.limit
    last = rows[page.limit - 1] if more else None
    data = [_shown(Job.from_document(row.body)) for row in rows[: page.limit]]
    return {"data": data, "next_cursor": cursor_at(last.at or 0.0, last.id) if last is not None else None}


def ask(context: Context, scope: Scope, body: Document) -> Document:
    """One more is wanted; the service `reports` makes it. Raises Problem 403, 422, 429."""
    scope.require_insight()
    kind, form = body.get("kind"), body.get("form", "csv")
    since, until, now = body.get("since"), body.get("until"), context.clock()
    for name, value, known in (("kind", kind, KINDS), ("form", form, FORMS)):
        if not isinstance(value, str) or value not in known:
            raise _invalid(name, f"must be one of {', '.join(known)}")
    if not isinstance(since, float) or not isinstance(until, float) or not 0 < until - since <= report_span_s_max:
        raise _invalid("since", "must be a time before until, and both within 400 days")
    waiting = (Where("state", "=", WAITING),)
    if context.history.shelves.count(REPORTS, scope.tenant, waiting, reports_waiting_max) >= reports_waiting_max:
        raise Problem(429, "too_many_reports", "Other reports of this company are still being made.")
    job = Job(secrets.token_hex(16), scope.tenant, now, str(kind), str(form), since, until, scope.identity.actor)
    context.history.shelves.write([Put(REPORTS, scope.tenant, job.id, job.to_document())])
    return _shown(job)


def one(context: Context, scope: Scope, id: str) -> Document:
    """How far it is. Raises Problem 403, 404."""
    return _shown(_job(context, scope, id))


def file(context: Context, scope: Scope, id: str) -> tuple[Stat, str, str]:
    """What was made, a name for it and its type. Raises Problem 403, 404, 409, 503."""
    job = _job(context, scope, id)
    if job.state != READY or job.file is None:
        raise Problem(409, "not_ready", "This report is not made yet, or could not be made.")
    try:
        return context.media.stat(job.file), f"{job.kind}.{FORMS[job.form].ending}", FORMS[job.form].type
    except NoSuchMedia as wrong:
        raise not_found("report") from wrong
    except StoreError as away:
        raise Problem(503, "media_unavailable", "The media store does not answer at this moment.") from away


def drop(context: Context, scope: Scope, id: str) -> None:
    """Forget it with its file; one that is not made yet is not made. Who asked for it may too. Raises Problem 403, 404."""
    job = _job(context, scope, id)
    if job.by != scope.identity.actor:
        scope.require_manager()
    if job.file is not None:
        context.vault.register.forget_file(job.file)
    context.history.shelves.write([Drop(REPORTS, scope.tenant, id)])


def _job(context: Context, scope: Scope, id: str) -> Job:
    scope.require_insight()
    found = context.history.shelves.get(REPORTS, scope.tenant, id)
    if found is None:
        raise not_found("report")
    return Job.from_document(found)


def _shown(job: Job) -> Document:
    shown = {name: value for name, value in job.to_document().items() if name not in ("file", "tenant")}
    return {**shown, "since": stamp(job.since), "until": stamp(job.until)}


def _invalid(field: str, detail: str) -> Problem:
    return Problem(422, "invalid_field", f"{field} {detail}.", (FieldError(f"/{field}", detail),))
