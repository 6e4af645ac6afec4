"""Recordings, voicemail and prompts of a tenant: find them, read a range, draw them; links, holds, deletion and their audit."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from itertools import chain, pairwise

import numpy as np
import structlog

from history.shelves import AUDIT, Put, Query, Where
from media.audio.peaks import peaks as drawn
from media.audio.wav import HEADER_SIZE, SAMPLE_SIZE, BadWave, parse
from media.storage.coded import FORMS
from media.storage.names import BadName, name_of
from media.storage.packed import NotPlain
from media.storage.sealed import Tampered
from media.storage.store import NoSuchMedia, Stat, StoreError
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import Problem, not_found
from mgmt.limits import audit_page_items_max, coded_seconds_max, peaks_columns, peaks_whole_bytes_max
from mgmt.usecases.redact import Document
from vault.register import Held

rate_hz = 8000

_log = structlog.get_logger("media")


def find(context: Context, scope: Scope, id: str) -> Stat:
    """What is known of a medium of the tenant; its name begins with the tenant, so no id leads to another's.

    Raises Problem 404, 503.
    """
    try:
        return context.media.stat(name_of(scope.tenant, id))
    except (BadName, NoSuchMedia) as wrong:
        raise not_found("recording") from wrong
    except StoreError as away:
        raise _away() from away


def linked(context: Context, tenant: str, kind: str, id: str) -> Stat:
    """What a signed link leads to. Raises Problem 404, 503."""
    try:
        if not id.startswith(f"{kind}-") or tenant not in context.config.directory.tenants:
            raise BadName("not a media id")
        return context.media.stat(name_of(tenant, id))
    except (BadName, NoSuchMedia) as wrong:
        raise not_found("file") from wrong
    except StoreError as away:
        raise _away() from away


def link(context: Context, scope: Scope, id: str) -> Document:
    """`{url, expires_at}` of a link that needs no session. Raises Problem 404, 503."""
    find(context, scope, id)
    path = f"/files/{scope.tenant}/{id.rpartition('-')[0].rpartition('-')[0]}/{id}"
    url, expires = context.links.signed("GET", path, scope.identity.actor)
    _note(context, scope.tenant, scope.identity.actor, "media.linked", id)
    return {"url": url, "expires_at": expires}


def heard(context: Context, tenant: str, id: str, who: str, how: str, address: str | None) -> None:
    """Somebody listens to it or fetches it. Raises `StoreAway`: what cannot be noted is not given."""
    _note(context, tenant, who, "media.read", id, how=how, address=address)


def audit(context: Context, scope: Scope, id: str) -> Document:
    """What was done with it, the newest first. Raises Problem 403, 404."""
    scope.require_insight()
    find(context, scope, id)
    query = Query((Where("object", "=", id),), limit=audit_page_items_max)
    rows = context.history.shelves.page(AUDIT, scope.tenant, query)
    return {"data": [row.body for row in rows], "hold": (_registered(context, scope, id) or {}).get("hold")}


def hold(context: Context, scope: Scope, id: str, reason: str | None) -> Document:
    """Begin or (None) end a legal hold. Raises Problem 403, 404."""
    scope.require_manager()
    find(context, scope, id)
    register, who = context.vault.register, scope.identity.actor
    if reason is None:
        found = register.release(scope.tenant, id)
    else:
        found = register.hold(scope.tenant, id, who, reason)
    if found is None:
        raise not_found("recording")
    _note(context, scope.tenant, who, "media.released" if reason is None else "media.held", id, reason=reason)
    return {"id": id, "hold": found["hold"]}


def delete(context: Context, scope: Scope, id: str, reason: str) -> None:
    """Delete it, for a reason ("": none was given). Raises Problem 403, 404, 409 (legal hold), 503."""
    scope.require_manager()
    find(context, scope, id)
    known, who, register = _registered(context, scope, id), scope.identity.actor, context.vault.register
    try:
        register.delete(scope.tenant, id, f"by {who}")
    except Held as held:
        raise Problem(409, "legal_hold", _held_by((known or {}).get("hold") or {})) from held
    except StoreError as away:
        raise _away() from away
    if known is not None:
        register.unname(scope.tenant, known, {"at": context.clock(), "by": who, "reason": reason or None})
    _note(context, scope.tenant, who, "media.deleted", id, reason=reason or None)


def _held_by(hold: Document) -> str:
    who, why = hold.get("by", "somebody"), hold.get("reason") or "no reason"
    return f"This recording is under legal hold by {who} ({why}). End the hold first, then delete it."


def _registered(context: Context, scope: Scope, id: str) -> Document | None:
    return context.vault.register.one(scope.tenant, id)


def _note(context: Context, tenant: str, who: str, action: str, id: str, **more: str | None) -> None:
    at = context.clock()
    body = {"at": at, "actor": who, "action": action, "object": id, **more}
    context.history.shelves.write([Put(AUDIT, tenant, f"{at:017.6f}-{secrets.token_hex(8)}", body)])


def read(context: Context, stat: Stat, start: int, end: int) -> Iterator[bytes]:
    """The bytes from `start` up to, not including, `end`. Raises Problem 404, 500 (its first bytes were changed), 503."""
    try:
        chunks = iter(context.media.read(stat.name, start, end))
        first = next(chunks, b"")
    except NoSuchMedia as wrong:
        raise not_found("recording") from wrong
    except Tampered as damaged:
        _log.error("media.damaged", name=stat.name, text=str(damaged))
        raise Problem(500, "damaged", "This was changed on its disk since it was kept: tell the operator.") from damaged
    except StoreError as away:
        raise _away() from away
    return chain((first,), chunks)


def formed(context: Context, stat: Stat, form: str) -> tuple[Stat, Callable[[int, int], Iterator[bytes]]]:
    """The sound in another form, and how it is read. What is long or comes while others are made is refused.

    Raises Problem 400, 404, 422, 503.
    """
    if form not in FORMS:
        raise Problem(400, "invalid_format", f"format is wav, {' or '.join(sorted(FORMS))}.")
    if stat.size_bytes > coded_seconds_max * rate_hz * 2 * SAMPLE_SIZE:
        raise Problem(422, "too_long", f"Sound of more than {coded_seconds_max / 3600:g} hours is given as WAV alone.")
    if not context.codings.acquire(blocking=False):
        detail = "Other recordings are being converted on this node. Try again in a few seconds."
        raise Problem(503, "conversions_busy", detail, headers=(("Retry-After", "5"),))
    try:
        found, store = context.vault.media.formed(stat.name, FORMS[form])
    except NoSuchMedia as wrong:
        raise not_found("recording") from wrong
    except NotPlain as wrong:
        raise Problem(422, "not_a_wave", "This medium has no other form.") from wrong
    except StoreError as away:
        raise _away() from away
    finally:
        context.codings.release()
    return found, lambda start, end: store.read(found.name, start, end)


def peaks(context: Context, scope: Scope, id: str) -> Document:
    """`{duration_s, channels: [[min, max, ...], ...]}`, values from -1 to 1; `consent` and `marks` as the recording has them.

    Raises Problem 404, 422, 503.
    """
    stat = find(context, scope, id)
    known = _registered(context, scope, id) or {}
    return _drawn(context, stat) | {"consent": known.get("consent"), "marks": known.get("marks", [])}


def _drawn(context: Context, stat: Stat) -> Document:
    if stat.size_bytes > peaks_whole_bytes_max:
        return _in_parts(context, stat)
    try:
        wave = parse(b"".join(read(context, stat, 0, stat.size_bytes)))
    except BadWave as wrong:
        raise Problem(422, "not_a_wave", f"This medium cannot be drawn: {wrong}.") from wrong
    return {"duration_s": round(len(wave.samples) / wave.rate, 3), "channels": drawn(wave.samples, peaks_columns)}


def _in_parts(context: Context, stat: Stat) -> Document:
    """As `peaks` for a recording of hours, one of ours (16-bit PCM behind a plain header): one column in memory at a time."""
    head = b"".join(read(context, stat, 0, HEADER_SIZE))
    channels = max(1, int.from_bytes(head[22:24], "little"))
    frame_bytes = channels * SAMPLE_SIZE
    frames = (stat.size_bytes - HEADER_SIZE) // frame_bytes
    edges = [HEADER_SIZE + column * frames // peaks_columns * frame_bytes for column in range(peaks_columns + 1)]
    found: list[list[float]] = [[] for _ in range(channels)]
    for start, end in pairwise(edges):
        part = np.frombuffer(b"".join(read(context, stat, start, end)), dtype="<i2").astype(np.int16)
        for channel, pair in enumerate(drawn(part[: len(part) // channels * channels].reshape(-1, channels), 1)):
            found[channel] += pair
    return {"duration_s": round(frames / rate_hz, 3), "channels": found}


def _away() -> Problem:
    detail = "The media store does not answer at this moment."
    return Problem(503, "media_unavailable", detail, headers=(("Retry-After", "5"),))
