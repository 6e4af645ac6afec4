"""Live calls, past calls, and everything that is known of one call."""

from __future__ import annotations

from typing import Any

from history.documents import Call
from history.pcap import capture
from history.shelves import Shelves
from history.store import BadCursor, CallFilter
from history.transcripts import stretches
from media.storage.store import Stat
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.body import Page
from mgmt.http.errors import Problem, not_found
from mgmt.usecases import vcon
from mgmt.usecases.media import find
from softswitch.routing.explain import explain, said

Document = dict[str, Any]


def live(context: Context, scope: Scope) -> list[Document]:
    """The live calls of the tenant, oldest first. Raises Problem 503 while the switch is away."""
    return context.board.calls(scope.tenant)


def past(context: Context, scope: Scope, wanted: CallFilter, page: Page) -> Document:
    """One page of finished calls, newest first. Raises Problem 400 for a cursor that is not ours."""
    try:
        found = context.history.calls(scope.tenant, wanted, page.cursor, page.limit)
    except BadCursor as wrong:
        raise Problem(400, "invalid_cursor", "This cursor was not made by this server.") from wrong
    return {"data": [call.to_document() for call in found.rows], "next_cursor": found.next_cursor}


def trace(context: Context, scope: Scope, id: str) -> bytes:
    """The SIP messages of a finished call as a capture file, for those who may see them. Raises Problem 404."""
    messages = context.history.messages(scope.tenant, id) if scope.role != "user" else ()
    if not messages:
        raise not_found("trace of the call")
    return capture(messages)


def container(context: Context, scope: Scope, id: str, base: str) -> Document:
    """A finished call as a vCon. Raises Problem 404."""
    call = context.history.call(scope.tenant, id)
    if call is None:
        raise not_found("call")
    said = transcript(context.history.shelves, scope.tenant, call)
    return vcon.vcon(call, _sound(context, scope, call.recording), said, base, context.clock())


def _sound(context: Context, scope: Scope, media: str | None) -> Stat | None:
    try:
        return find(context, scope, media) if media is not None else None
    except Problem as wrong:
        if wrong.status != 404:
            raise
        return None


def transcript(shelves: Shelves, tenant: str, call: Call) -> Document | None:
    """What was said in its recording, `done` once all is written down; None: nobody writes it down.

    `{language, engine, done, written_s, failed: [[start, end]], lines: [{party, start, end, text, words}]}`
    """
    found = stretches(shelves, tenant, call.recording) if call.recording is not None else []
    if not found:
        return None
    last = found[-1]
    return {
        "language": last.language,
        "engine": last.engine,
        "done": last.end >= last.duration,
        "written_s": last.end,
        "failed": [[one.start, one.end] for one in found if one.failed],
        "lines": [line for one in found for line in one.lines],
    }


def detail(context: Context, scope: Scope, id: str, language: str = "en") -> Document:
    """A call with legs, steps, quality, SIP messages, recording and its transcript, and the explanation in that language.

    The SIP messages hold addresses of phones and carriers: they are for owners, managers and operators. Raises Problem 404.
    """
    history, tenant = context.history, scope.tenant
    found = history.call(tenant, id)
    if found is None:
        raise not_found("call")
    call = found.to_document()
    told = [step.to_document() for step in history.steps(tenant, id)]
    steps = [{**step, "text": said(step["code"], step["text"], language)} for step in told]
    messages = history.messages(tenant, id) if scope.role != "user" else ()
    return {
        "call": call,
        "legs": [leg.to_document() for leg in history.legs(tenant, id)],
        "steps": steps,
        "quality": [window.to_document() for window in history.quality(tenant, id)],
        "messages": [message.to_document() for message in messages],
        "recording": found.recording,
        "transcript": transcript(history.shelves, tenant, found),
        "explained": explain(call, told, scope.view.tenant.timezone, language),
    }
