"""API: numbers by hour and day, and lists of any length as files."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from mgmt.http import door
from mgmt.http.described import ANY, OBJECT, TIME, described, one_of
from mgmt.http.errors import Problem
from mgmt.http.wire import outward, seconds_of
from mgmt.usecases import numbers
from mgmt.webapps.api import activities, calls

blueprint = Blueprint("numbers", __name__)
FORMS = {"csv": "text/csv", "jsonl": "application/x-ndjson"}


@blueprint.get("/kpi")
@described(query={"since": TIME, "until": TIME, "group": one_of("hour", "day")}, answer=OBJECT)
def kpi() -> dict[str, Any]:
    """Numbers of calls by `group` (hour or day) in the company's time zone, from `since` to `until`."""
    given = request.args
    if not (given.get("since") and given.get("until")):
        raise Problem(400, "invalid_time", "since and until say from when to when.")
    since, until = seconds_of(given["since"], "since"), seconds_of(given["until"], "until")
    group = given.get("group", "day")
    if group not in ("hour", "day"):
        raise Problem(400, "invalid_group", "group must be hour or day.")
    context, scope = door.context(), door.scope()
    return outward(numbers.kpi(context, scope, since, until, "hour" if group == "hour" else "day"))


@blueprint.get("/export/calls.csv")
@described(query=calls.FILTERS, answer=ANY, content=FORMS["csv"])
def calls_csv() -> Response:
    """All calls that the filters of /calls choose, as a table."""
    return _calls("csv")


@blueprint.get("/export/calls.jsonl")
@described(query=calls.FILTERS, answer=ANY, content=FORMS["jsonl"])
def calls_lines() -> Response:
    """All calls that the filters of /calls choose, a JSON object a line."""
    return _calls("jsonl")


@blueprint.get("/export/activities.csv")
@described(query=activities.FILTERS, answer=ANY, content=FORMS["csv"])
def activities_csv() -> Response:
    """All activities that the filters of /activities choose, as a table."""
    return _activities("csv")


@blueprint.get("/export/activities.jsonl")
@described(query=activities.FILTERS, answer=ANY, content=FORMS["jsonl"])
def activities_lines() -> Response:
    """All activities that the filters of /activities choose, a JSON object a line."""
    return _activities("jsonl")


def _calls(form: str) -> Response:
    return _file(numbers.calls(door.context(), door.scope(), calls.wanted(), form), "calls", form)


def _activities(form: str) -> Response:
    return _file(numbers.activities(door.context(), door.scope(), activities.wanted(), form), "activities", form)


def _file(chunks: Any, name: str, form: str) -> Response:
    answer = Response(chunks, content_type=FORMS[form])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer
