"""API: reports: ask for one, see those there are, take a file. Plans are configuration (`report_plan`)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, request

from mgmt.http import door
from mgmt.http.body import json_object, known_fields, page
from mgmt.http.described import ANY, OBJECT, PAGING, TIME, described, fields, one_of, page_of
from mgmt.http.wire import outward, seconds_of
from mgmt.reports.forms import FORMS
from mgmt.reports.kinds import KINDS
from mgmt.usecases import media, reports
from mgmt.webapps.ranges import answered

blueprint = Blueprint("reports", __name__)


@blueprint.get("/reports")
@described(query=PAGING, answer=page_of(OBJECT))
def listed() -> dict[str, Any]:
    """Reports there are or will be, newest first: `state` waiting, ready or failed."""
    return outward(reports.listed(door.context(), door.scope(), page(request)))


@blueprint.post("/reports")
@described(
    body=fields({"kind": one_of(*KINDS), "since": TIME, "until": TIME}, form=one_of(*FORMS)),
    answer=OBJECT,
    statuses=(202,),
)
def ask() -> tuple[dict[str, Any], int]:
    """Have one made: `kind`, `since`, `until`, `form` (csv, xlsx, pdf, html, json)."""
    body = json_object(request)
    known_fields(body, "kind", "form", "since", "until")
    times = {name: seconds_of(body[name], name) for name in ("since", "until") if isinstance(body.get(name), str)}
    return outward(reports.ask(door.context(), door.scope(), {**body, **times})), 202


@blueprint.get("/reports/<id>")
@described(answer=OBJECT)
def one(id: str) -> dict[str, Any]:
    """How far it is: `state`, and `progress` from 0 to 1 while it is made (null: not known)."""
    return outward(reports.one(door.context(), door.scope(), id))


@blueprint.get("/reports/<id>/file")
@described(answer=ANY, statuses=(200, 206, 304), content="application/octet-stream")
def file(id: str) -> Response:
    """What was made, to be saved."""
    context = door.context()
    stat, name, kind = reports.file(context, door.scope(), id)
    answer = answered(stat, lambda start, end: media.read(context, stat, start, end))
    answer.headers["Content-Type"] = kind
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return answer


@blueprint.delete("/reports/<id>")
@described(statuses=(204,))
def drop(id: str) -> tuple[str, int]:
    """Forget it; one that is waiting or being made is given up."""
    reports.drop(door.context(), door.scope(), id)
    return "", 204
