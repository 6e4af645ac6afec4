"""API: the audit of a company, or of the node: who did what, when and from where; filters, pages, CSV."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, stream_with_context

from configdb.model import SYSTEM
from mgmt.http import door
from mgmt.http.body import page
from mgmt.http.described import OBJECT, ONE, PAGING, TIME, described, page_of, text
from mgmt.http.wire import outward, seconds_of
from mgmt.limits import audit_filter_chars_max
from mgmt.usecases import audit
from mgmt.usecases.audit import AuditFilter

blueprint = Blueprint("audit", __name__)
_PART = text(audit_filter_chars_max)
FILTER = {"since": TIME, "until": TIME, "actor": _PART, "action": _PART, "object": _PART, "node": ONE}


@blueprint.get("/audit")
@described(query={**FILTER, **PAGING}, answer=page_of(OBJECT))
def listed() -> dict[str, Any]:
    """Newest first: changes of the configuration, sign-ins, visits, calls that were led; `node`: the node's own (operators)."""
    asked = page(request)
    return outward(audit.page(door.context(), _tenant(), _filter(), asked.cursor, asked.limit))


@blueprint.get("/audit.csv")
@described(query=FILTER, content="text/csv", answer={"type": "string"})
def exported() -> Response:
    """The same as CSV, for a spreadsheet."""
    lines = audit.exported(door.context(), _tenant(), _filter())
    answer = Response(stream_with_context(lines), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return answer


def _tenant() -> str:
    if request.args.get("node") == "1":
        door.require_operator()
        return SYSTEM
    return door.scope().tenant


def _filter() -> AuditFilter:
    given = {name: request.args.get(name, "")[:audit_filter_chars_max] for name in FILTER}
    since, until = (seconds_of(given[name], name) if given[name] else None for name in ("since", "until"))
    return AuditFilter(since, until, given["actor"], given["action"], given["object"])
