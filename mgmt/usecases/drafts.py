"""Call flows that somebody is drawing and has not published: of each flow the newest drawing of a person, for that person alone.

The page saves them by itself while somebody draws. `base` is the version of the flow that the drawing began with, `revision`
counts how often it was saved, `window` names the page that saved it: two pages of one person do not overwrite each other.
"""

from __future__ import annotations

import json
from typing import Any

from history.shelves import DRAFTS, Drop, Shelves, StoreAway, upserted
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import FieldError, Problem, not_found
from mgmt.usecases.config import Condition

Document = dict[str, Any]
drafts_max = 100
"""Of one person."""
bytes_max = 256 << 10
window_chars_max = 40


def one(context: Context, scope: Scope, flow: str) -> Document | None:
    """The own drawing: `{flow, document, base, revision, window, saved_at}`. Raises Problem 404 for no flow of the company."""
    _require_flow(scope, flow)
    return context.history.shelves.get(DRAFTS, scope.tenant, _key(scope, flow))


def keep(context: Context, scope: Scope, flow: str, body: Document, condition: Condition) -> Document:
    """Keep a drawing over the one that was read. Raises Problem 404, 409 (too many), 412, 422, 428."""
    _require_flow(scope, flow)
    drawn = {**_given(body), "flow": flow, "saved_at": context.clock()}
    if condition.version is None and not condition.any_version:
        raise Problem(
            428, "version_required", "Send the revision you read in If-Match, If-None-Match: * for the first."
        )
    shelves, key = context.history.shelves, _key(scope, flow)
    if shelves.get(DRAFTS, scope.tenant, key) is None:
        if condition.version:
            raise _conflict(0)
        _make_room(shelves, scope)

    def newer(before: Document) -> Document:
        if condition.version is not None and condition.version != before["revision"]:
            raise _conflict(int(before["revision"]))
        return {**drawn, "revision": before["revision"] + 1}

    return upserted(shelves, DRAFTS, scope.tenant, key, {**drawn, "revision": 0}, newer)


def forget(context: Context, scope: Scope, flow: str, condition: Condition) -> None:
    """Discard the own drawing, if there is one. Raises Problem 404, 412."""
    _require_flow(scope, flow)

    def gone(before: Document) -> None:
        if condition.version is not None and condition.version != before["revision"]:
            raise _conflict(int(before["revision"]))

    context.history.shelves.change(DRAFTS, scope.tenant, _key(scope, flow), gone)


def published(context: Context, scope: Scope, flow: str) -> None:
    """The own drawing is live now; without a history it stays, and is told to be like what is live."""
    try:
        context.history.shelves.write([Drop(DRAFTS, scope.tenant, _key(scope, flow))])
    except StoreAway:
        return


def drop_all(context: Context, tenant: str, user: str) -> None:
    """Somebody is no more: nor are their drawings. Raises `StoreAway`."""
    mine, shelves = f"{tenant}/{user}/", context.history.shelves
    shelves.write([Drop(DRAFTS, tenant, mine + one["flow"]) for one in shelves.below(DRAFTS, tenant, mine)])


def _require_flow(scope: Scope, flow: str) -> None:
    if flow not in scope.view.flows:
        raise not_found("flow")


def _given(body: Document) -> Document:
    document, base, window = body.get("document"), body.get("base"), body.get("window", "")
    if not isinstance(document, dict) or not isinstance(document.get("nodes"), dict):
        raise _invalid("document", "must be a flow with its nodes")
    if len(json.dumps(document)) > bytes_max:
        raise _invalid("document", f"must be at most {bytes_max} bytes")
    if not isinstance(base, int) or isinstance(base, bool) or base < 0:
        raise _invalid("base", "must be the version of the flow that it began with")
    if not isinstance(window, str) or len(window) > window_chars_max:
        raise _invalid("window", f"must be a text of at most {window_chars_max} characters")
    return {"document": document, "base": base, "window": window}


def _make_room(shelves: Shelves, scope: Scope) -> None:
    """Drawings of flows that are no more go; raises Problem 409 when there are too many all the same."""
    mine = [str(one["flow"]) for one in shelves.below(DRAFTS, scope.tenant, _key(scope, ""))]
    lost = [flow for flow in mine if flow not in scope.view.flows]
    if len(mine) - len(lost) >= drafts_max:
        raise Problem(409, "too_many_drafts", f"There are {drafts_max} drawings already: publish or discard one first.")
    shelves.write([Drop(DRAFTS, scope.tenant, _key(scope, flow)) for flow in lost])


def _key(scope: Scope, flow: str) -> str:
    """An actor's name has the company in it: a reseller and somebody of the company with the same id are two."""
    return f"{scope.identity.actor}/{flow}"


def _conflict(now: int) -> Problem:
    detail = f"This drawing was saved by another window meanwhile: it is at revision {now}."
    return Problem(412, "version_conflict", detail, (FieldError("", f"is at revision {now}", "version"),))


def _invalid(field: str, detail: str) -> Problem:
    return Problem(422, "invalid_field", f"{field} {detail}.", (FieldError(f"/{field}", detail),))
