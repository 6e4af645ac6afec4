"""API: how calls sounded: what was heard in a recording, pictures, score cards, reports, and hearing old recordings again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from mgmt.http import door
from mgmt.http.body import json_object, known_fields, text_field
from mgmt.http.wire import outward, seconds_of
from mgmt.usecases import quality, tests
from quality.words import Language

blueprint = Blueprint("quality", __name__)
DAY_S = 24 * 3600
TIME_CHARS_MAX = 40
CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@blueprint.get("/media/<id>/analysis")
def analysis(id: str) -> dict[str, Any]:
    """What was heard in a recording; `state` is heard, waiting or unheard."""
    return outward(quality.analysis(door.context(), door.scope(), id))


@blueprint.get("/media/<id>/waveform.svg")
def waveform(id: str) -> Response:
    """The waveform with its defects marked (`lang` en or ru)."""
    return _svg(quality.waveform(door.context(), door.scope(), id, _language()))


@blueprint.get("/media/<id>/spectrogram.png")
def spectrogram(id: str) -> Response:
    """The spectrogram with its defects marked."""
    answer = Response(quality.spectrogram(door.context(), door.scope(), id), mimetype="image/png")
    answer.headers["Cache-Control"] = "private, max-age=60"
    return answer


@blueprint.get("/calls/<id>/quality")
def of_call(id: str) -> dict[str, Any]:
    """Who is to blame, and what was heard when the call was recorded."""
    return outward(quality.of_call(door.context(), door.scope(), id))


@blueprint.get("/calls/<id>/timeline.svg")
def timeline(id: str) -> Response:
    """Loss, lateness, jitter and MOS of every direction on one axis."""
    return _svg(quality.timeline(door.context(), door.scope(), id))


@blueprint.get("/quality")
def card() -> dict[str, Any]:
    """Score cards from `since` to `until` (default: the last seven days) by trunk, range, site, device, codec, hour."""
    return outward(quality.card(door.context(), door.scope(), *_span()))


@blueprint.get("/quality/<kind>.svg")
def heat(kind: str) -> Response:
    """The heat map of `weekdays` or `trunks` by hour."""
    document = quality.card(door.context(), door.scope(), *_span())
    return _svg(quality.heat(document, kind, _language()))


@blueprint.get("/quality/report.html")
def report() -> Response:
    """The same as one self-contained page."""
    page = quality.report(door.context(), door.scope(), *_span(), _language())
    return _html(page)


@blueprint.post("/quality/backfill")
def backfill() -> tuple[dict[str, Any], int]:
    """Hear all recordings from `since` to `until` (again), in the background."""
    body = json_object(request)
    known_fields(body, "since", "until")
    since, until = (text_field(body, name, TIME_CHARS_MAX) or "" for name in ("since", "until"))
    queued = quality.backfill(door.context(), door.scope(), seconds_of(since, "since"), seconds_of(until, "until"))
    return queued, 202


@blueprint.get("/quality/backfill")
def progress() -> dict[str, Any]:
    """How many recordings wait to be heard, and how many were."""
    return quality.progress(door.context(), door.scope())


@blueprint.get("/quality/tests")
def test_results() -> dict[str, Any]:
    """Results of acceptance tests, newest first."""
    return outward({"data": tests.listed(door.context(), door.scope()), "next_cursor": None})


@blueprint.post("/quality/tests")
def keep_test() -> tuple[dict[str, Any], int]:
    """Keep the result of a test that `softswitch acceptance` made; for operators."""
    body = json_object(request)
    known_fields(body, "trunk", "number", "checks")
    return outward(tests.keep(door.context(), door.scope(), body)), 201


@blueprint.get("/quality/tests/<id>.html")
def test_page(id: str) -> Response:
    """One result as a page."""
    return _html(tests.as_page(door.context(), door.scope(), id, _language()))


@blueprint.get("/quality/tests/<id>.pdf")
def test_paper(id: str) -> Response:
    """One result as PDF."""
    answer = Response(tests.as_paper(door.context(), door.scope(), id), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="acceptance.pdf"'
    return answer


def _span() -> tuple[float, float]:
    given, now = request.args, door.context().clock()
    until = seconds_of(given["until"], "until") if given.get("until") else now
    return (seconds_of(given["since"], "since") if given.get("since") else until - 7 * DAY_S), until


def _language() -> Language:
    return "ru" if request.args.get("lang") == "ru" else "en"


def _html(page: str) -> Response:
    answer = Response(page, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = CONTENT_POLICY
    return answer


def _svg(picture: str) -> Response:
    answer = Response(picture, mimetype="image/svg+xml")
    answer.headers["Cache-Control"] = "private, max-age=60"
    answer.headers["Content-Security-Policy"] = CONTENT_POLICY
    return answer
