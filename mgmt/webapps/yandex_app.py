"""Web app Yandex App: call tracking: a number for each visitor of a site, and its calls as tables for who brought them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, request

from mgmt.http import door
from mgmt.http.body import json_object, known_fields
from mgmt.http.described import ANY, TEXT, TIME, described, fields
from mgmt.http.errors import Problem
from mgmt.http.wire import seconds_of
from mgmt.usecases import tracking
from mgmt.webapps.sites import answer_origins, origin, script

blueprint = Blueprint("tracking", __name__)
tables = Blueprint("tracking_tables", __name__)
_script = Path(__file__).parent.parent / "assets" / "tracking.js"


@blueprint.after_request
def sites(response: Response) -> Response:
    """Pages of the company's sites may read what they are answered."""
    key = (request.view_args or {}).get("key")
    return response if key is None else answer_origins(response, lambda: tracking.find(door.context(), key)[1].origins)


@blueprint.get("/tracking/<key>.js")
@described(content="text/javascript")
def code(key: str) -> Response:
    """Shows the visitor's number in links to `tel:` and in elements with `data-tracked-number`."""
    _, found = tracking.find(door.context(), key)
    told = json.dumps({"key": key, "fallback": found.fallback})
    return script(f"({_script.read_text().rstrip().removesuffix(';')})({told})\n")


@blueprint.post("/tracking/<key>/lease")
@described(
    body=fields({"client": TEXT}, url=TEXT, yclid=TEXT, gclid=TEXT),
    answer=fields({"number": TEXT, "own": {"type": "boolean"}, "hold_s": {"type": "integer"}}),
)
def lease(key: str) -> dict[str, Any]:
    """The number for a visitor, by the id of their browser; `own` false: all are taken, this is everybody's."""
    body = json_object(request)
    known_fields(body, "client", "url", "yclid", "gclid")
    return tracking.lease(door.context(), key, origin(), door.source(), body)


@tables.get("/tracking/<id>/<form>.csv")
@described(query={"since": TIME, "until": TIME}, answer=ANY, content="text/csv")
def table(id: str, form: str) -> Response:
    """Tracked calls from `since` to `until`: `metrica.csv` as they are uploaded, `google.csv` as Google Ads imports them."""
    given = request.args
    if not (given.get("since") and given.get("until")):
        raise Problem(400, "invalid_time", "since and until say from when to when.")
    since, until = seconds_of(given["since"], "since"), seconds_of(given["until"], "until")
    rows = tracking.conversions(door.context(), door.scope(), id, form, since, until)
    answer = Response(rows, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{form}.csv"'
    return answer
