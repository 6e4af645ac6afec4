"""Web app Contact API: requests of visitors, in the paths and shapes that installed plug-ins know, and as JSON (v2).

The paths of the plug-ins are read in any case; their requests come from the web server of the site, so without an Origin.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from configdb.estate import Partner
from mgmt.http import door
from mgmt.http.body import json_object, known_fields, text_field
from mgmt.http.described import OBJECT, TEXT, described, fields, one_of
from mgmt.http.errors import Problem
from mgmt.usecases import requests, widgets
from mgmt.webapps.sites import answer_sites, origin, script
from mgmt.webapps.widget_script import markup, of_widget, word_press

blueprint = Blueprint("contact_api", __name__)
WORDPRESS = "wordpress"
_names = {
    "name": ("name", "fullname", "username"),
    "email": ("email", "mail"),
    "phone": ("phone", "phonenumber", "tel"),
    "text": ("text", "message", "comment", "question"),
    "page": ("page", "url", "referer"),
    "id": ("id", "requestid"),
    "website": ("website",),
}
REQUEST = fields(
    {"tenantKey": TEXT, "kind": one_of(*requests.KINDS)},
    **dict.fromkeys(("id", "name", "email", "phone", "text", "page", "website", "source", "sourceRef"), TEXT),
    consent={"type": "boolean"},
)


@blueprint.after_request
def sites(response: Response) -> Response:
    """The pages of a company's sites may read the answers of the JSON form; a preflight does not say yet whose widget it is."""
    if request.path != "/contact/v2/requests":
        return response
    body = request.get_json(silent=True)
    key = body.get("tenantKey") if isinstance(body, dict) else None
    if isinstance(key, str):
        return answer_sites(response, lambda: widgets.find(door.context(), key))
    if request.method == "OPTIONS" and origin() is not None:
        response.headers["Access-Control-Allow-Origin"] = origin() or ""
        response.headers["Access-Control-Allow-Methods"] = "POST"
        response.headers["Access-Control-Allow-Headers"] = "Content-Type"
        response.headers["Vary"] = "Origin"
    return response


@blueprint.post("/contact/v2/requests")
@described(body=REQUEST, answer=fields({"id": TEXT}), statuses=(201,))
def ask() -> tuple[dict[str, Any], int]:
    """A visitor's request becomes one activity; the same `id`, or without one the same words, is the same request."""
    context, body = door.context(), json_object(request)
    known_fields(body, "tenantKey", "kind", *requests.CHARS_MAX, "consent", requests.HONEYPOT)
    place = widgets.find(context, text_field(body, "tenantKey", 130) or "")
    return requests.ask(context, place, origin(), door.source(), body), 201


@blueprint.post("/<anycase(word='ContactAPI'):_root>/<anycase(word='API'):_api>/<anycase(word='Contact'):_what>")
@described(answer=OBJECT)
def contact(_root: str, _api: str, _what: str) -> Response:
    """The form of a plug-in: tenantId, and name, email, phone, message as they are there (field names in any case)."""
    given = {name.lower().replace("_", "").replace("-", ""): value for name, value in request.form.items()}
    try:
        place = widgets.of_tenant(door.context(), given.get("tenantid", "")[:63])
        asked: dict[str, Any] = {
            name: next((given[word] for word in words if given.get(word)), None) for name, words in _names.items()
        }
        asked["kind"] = "email" if asked["text"] else "callback"
        kept = requests.ask(door.context(), place, origin(), door.source(), asked)
    except Problem as problem:
        return _result(problem.status, message=problem.detail)
    return _result(200, id=kept["id"])


@blueprint.route(
    "/<anycase(word='ContactAPI'):_root>/<anycase(word='API'):_api>/<anycase(word='GetTenantId'):_what>",
    methods=["GET", "POST"],
)
@described(query={"wordPressId": TEXT}, answer=OBJECT)
def tenant_id(_root: str, _api: str, _what: str) -> Response:
    """Whose a WordPress site is: `{"result": 200, "tenantId"}`, or 400 with a message."""
    wanted = _argument("wordpressid")
    partners = door.context().config.directory.system.get("partner", {})
    found = [
        one
        for one in partners.values()
        if isinstance(one, Partner) and (one.partner, one.account) == (WORDPRESS, wanted)
    ]
    if not found:
        return _result(400, message="This site is not known here.", status=200)
    return _result(200, tenantId=found[0].tenant)


@blueprint.get(
    "/<anycase(word='ContactAPI'):_root>/<anycase(word='API'):_api>/<anycase(word='GetWordPressWidgets'):_what>"
)
@described(query={"tenantId": TEXT}, answer=OBJECT)
def word_press_widgets(_root: str, _api: str, _what: str) -> Response:
    """The pieces of HTML that a plug-in puts into pages."""
    try:
        place = widgets.of_tenant(door.context(), _argument("tenantid")[:63])
    except Problem as problem:
        return _result(400, message=problem.detail, status=200)
    return jsonify(markup(widgets.shown(place), request.host_url.rstrip("/")))


@blueprint.get("/cqjs/<tenant>.js")
@described(content="text/javascript")
def of_tenant(tenant: str) -> Response:
    """The contact widget of a company."""
    return script(of_widget(widgets.shown(widgets.of_tenant(door.context(), tenant))))


@blueprint.get("/cqjs/wordpress.js")
@described(content="text/javascript")
def loader() -> Response:
    """Finds the place of the widget in a page and loads the script of its company."""
    return script(word_press())


def _argument(name: str) -> str:
    return next((value for key, value in request.values.items() if key.lower() == name), "")


def _result(result: int, *, status: int | None = None, **more: str) -> Response:
    answer = jsonify({"result": result, **more})
    answer.status_code = status or result
    return answer
