"""Phone Market API: papers that countries ask for; and the operator's side of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from mgmt.http import door
from mgmt.http.body import json_object, known_fields
from mgmt.http.described import OBJECT, TEXT, described, fields, one_of, text
from mgmt.http.wire import outward
from mgmt.limits import port_text_chars_max
from mgmt.market.paper import STATES, id_of
from mgmt.usecases import papers

blueprint = Blueprint("papers", __name__)
back_office = Blueprint("papers_back_office", __name__)
ENDINGS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}


@blueprint.get("/market/papers")
@described(answer=OBJECT)
def listed() -> dict[str, Any]:
    """What numbers need here, with what the company gave of it, and its numbers that wait."""
    return outward(papers.listed(door.context(), door.scope()))


@blueprint.put("/market/papers/<country>/<paper>")
@described(answer=OBJECT)
def give(country: str, paper: str) -> dict[str, Any]:
    """One paper: a PDF, PNG or JPEG file as the body. Another file takes its place, and is judged anew."""
    data = request.get_data(cache=False)
    return outward(papers.give(door.context(), door.scope(), country, paper, data))


@blueprint.get("/market/papers/<country>/<paper>/file")
@described(answer=TEXT, content="application/octet-stream")
def own_file(country: str, paper: str) -> Response:
    """What the company gave."""
    return _saved(door.scope().tenant, id_of(country, paper))


@back_office.get("/papers")
@described(query={"state": one_of(*STATES)}, answer=OBJECT)
def everywhere() -> dict[str, Any]:
    """Those of all companies."""
    return outward(papers.everywhere(door.context(), request.args.get("state") or None))


@back_office.get("/papers/<tenant>/<id>/file")
@described(answer=TEXT, content="application/octet-stream")
def file(tenant: str, id: str) -> Response:
    """The file, to be saved: it is a stranger's."""
    return _saved(tenant, id)


def _saved(tenant: str, id: str) -> Response:
    type, data = papers.file(door.context(), tenant, id)
    name = f'attachment; filename="paper.{ENDINGS.get(type, "bin")}"'
    headers = {"Content-Disposition": name, "X-Content-Type-Options": "nosniff"}
    door.keep_secret()
    return Response(data, mimetype="application/octet-stream", headers=headers)


@back_office.post("/papers/<tenant>/<id>/steps")
@described(body=fields({"step": one_of(*papers.BY_OPERATOR)}, said=text(port_text_chars_max, 0)), answer=OBJECT)
def judge(tenant: str, id: str) -> dict[str, Any]:
    """`accept`, or `refuse` with the reason, which the company reads."""
    body = json_object(request)
    known_fields(body, "step", "said")
    return outward(papers.judge(door.context(), tenant, id, body, door.identity().actor))
