"""API: call flows, their drafts and versions, the simulator, and what is expected of them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from ivr.flow import flow_schema
from ivr.templates import templates
from mgmt.http import door
from mgmt.http.body import count, json_object, known_fields
from mgmt.http.described import FLAG, OBJECT, TEXT, described, fields, page_of, text
from mgmt.http.errors import not_found
from mgmt.http.wire import outward
from mgmt.limits import simulate_keys_max
from mgmt.usecases import expectations, flows, originate, simulate, traffic, what_if
from mgmt.webapps.api.calls import PARTY
from mgmt.webapps.api.versions import condition, tagged

blueprint = Blueprint("flows", __name__)
days_max = 90
PUBLISHED = fields(
    {"document": OBJECT},
    id=TEXT,
    name=text(120),
    version={"type": "integer"},
    problems={"type": "array"},
    has_draft=FLAG,
    reason=text(200),
    override=text(200),
    at=TEXT,
)
FREE = {"anyOf": [{"type": "array", "items": TEXT}, {"type": "object", "additionalProperties": TEXT}]}
ASKED = fields(
    {"from": PARTY},
    number=PARTY,
    flow=PARTY,
    document=OBJECT,
    at=TEXT,
    keys={"type": "string", "maxLength": simulate_keys_max},
    free=FREE,
    replies=OBJECT,
    paths=FLAG,
)
DOCUMENT = fields({"document": OBJECT})
TRIED = fields({"document": OBJECT}, from_=PARTY)
DAYS = {"days": {"type": "integer", "minimum": 1, "maximum": days_max, "default": 7}}


@blueprint.get("/flows")
@described(answer=page_of(OBJECT))
def all_flows() -> dict[str, Any]:
    """The flows of the tenant with what is wrong with each."""
    return {"data": flows.all_flows(door.context(), door.scope()), "next_cursor": None}


@blueprint.get("/flow-schema")
@described(answer=OBJECT)
def schema() -> Response:
    """The JSON Schema (2020-12) of a flow document; `x-form` says what an editor offers for a field."""
    door.scope()  # the same for all, but not for strangers
    return jsonify(flow_schema())


@blueprint.get("/flow-templates")
@described(answer=page_of(OBJECT))
def beginnings() -> dict[str, Any]:
    """Flows to begin with, made of what the company has: `{id, document}`, each fit to go live."""
    found = templates(door.scope().view)
    return {"data": [{"id": one.id, "document": one.document} for one in found], "next_cursor": None}


@blueprint.get("/flows/<id>")
@described(answer=OBJECT)
def one(id: str) -> Response:
    """One flow, with its version as ETag; what is wrong with it, and whether it has a draft, may change without that."""
    door.read_anew()
    return tagged(flows.one(door.context(), door.scope(), id), 200)


@blueprint.put("/flows/<id>")
@described(body=PUBLISHED, answer=OBJECT, statuses=(200, 201))
def publish(id: str) -> Response:
    """Publish a flow: `{name?, document, reason?, override?}`; refused with its problems, or with expectations it breaks.

    With `at` it is published then.
    """
    body = json_object(request)
    known_fields(body, "id", "name", "version", "document", "problems", "has_draft", "reason", "override", "at")
    if body.get("at") is not None:
        return jsonify(flows.publish_later(door.context(), door.scope(), id, body))
    saved, status = flows.publish(door.context(), door.scope(), id, body, condition(request))
    return tagged(saved, status)


@blueprint.post("/flow-check")
@described(body=DOCUMENT, answer=OBJECT)
def check() -> dict[str, Any]:
    """What is wrong with a flow that is being drawn: `{document}`."""
    body = json_object(request)
    known_fields(body, "document")
    return flows.checked(door.scope(), body)


@blueprint.post("/flows/<id>/what-if")
@described(body=DOCUMENT, answer=OBJECT)
def changed_calls(id: str) -> dict[str, Any]:
    """Which of last week's calls would go elsewhere with `{document}`."""
    body = json_object(request)
    known_fields(body, "document")
    return outward(what_if.changed_calls(door.context(), door.scope(), id, body.get("document")))


@blueprint.post("/flows/<id>/try")
@described(body=TRIED, answer=OBJECT, statuses=(202,))
def tried(id: str) -> tuple[dict[str, Any], int]:
    """Call me to test: rings who asks (or `from`), then runs `{document}` for them; once for each Idempotency-Key."""
    body = json_object(request)
    known_fields(body, "document", "from")
    key = request.headers.get("Idempotency-Key")
    return originate.try_flow(door.context(), door.scope(), id, body, key), 202


@blueprint.get("/flows/<id>/draft")
@described(answer=OBJECT)
def draft(id: str) -> Response:
    """The flow as it is being drawn (`PUT /config/draft/<id>` keeps it), and how it differs from what is live."""
    door.read_anew()
    return tagged(flows.draft(door.context(), door.scope(), id), 200)


@blueprint.get("/flows/<id>/versions")
@described(answer=page_of(OBJECT))
def versions(id: str) -> dict[str, Any]:
    """When it was published, by whom and why."""
    return outward({"data": flows.versions(door.context(), door.scope(), id), "next_cursor": None})


@blueprint.get("/flows/<id>/versions/<sequence>")
@described(answer=OBJECT)
def version(id: str, sequence: str) -> dict[str, Any]:
    """The flow as it was then."""
    return flows.version(door.context(), door.scope(), id, _sequence(sequence))


@blueprint.post("/flows/<id>/versions/<sequence>/roll-back")
@described(answer=OBJECT, statuses=(200, 201))
def roll_back(id: str, sequence: str) -> Response:
    """Publish the flow as it was then."""
    saved, status = flows.roll_back(door.context(), door.scope(), id, _sequence(sequence), condition(request))
    return tagged(saved, status)


@blueprint.get("/flows/<id>/traffic")
@described(query=DAYS, answer=OBJECT)
def live(id: str) -> dict[str, Any]:
    """Callers at each node now; and in the last `days` (7) those who came to each, went on, and to where, or hung up there."""
    days = count(request, "days", 7, days_max)
    context, scope = door.context(), door.scope()
    nodes = frozenset(flows.one(context, scope, id)["document"]["nodes"])
    return {"now": traffic.now(context, scope, id, nodes), **traffic.drop_off(context, scope, id, nodes, days)}


@blueprint.get("/expectations")
@described(answer=page_of(OBJECT))
def expected() -> dict[str, Any]:
    """What the tenant expects of its calls, tried for the coming week."""
    return outward({"data": expectations.tried(door.context(), door.scope()), "next_cursor": None})


@blueprint.post("/simulate")
@described(body=ASKED, answer=OBJECT)
def simulated() -> Response:
    """What would happen to a call: `{number | flow, from, at?, keys?, free?, replies?, document?}`; `paths`: all ways."""
    body = json_object(request)
    known_fields(body, "number", "flow", "document", "from", "at", "keys", "free", "replies", "paths")
    run = simulate.paths if body.get("paths") is True else simulate.simulated
    return jsonify(outward(run(door.context(), door.scope(), body)))


def _sequence(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise not_found("version of the flow")
    return int(text)
