"""Web app ClickConnect: the button of a company's web site, made anew from the configuration whenever it is asked for."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from mgmt.http import door
from mgmt.http.body import json_object, known_fields, text_field
from mgmt.http.described import OBJECT, TEXT, described, fields
from mgmt.http.errors import not_found
from mgmt.limits import visitor_name_chars_max, visitor_page_chars_max
from mgmt.usecases import widgets
from mgmt.webapps.sites import answer_sites, origin, script
from mgmt.webapps.widget_script import of_widget

blueprint = Blueprint("clickconnect", __name__)
_token_chars_max = 1000


@blueprint.after_request
def sites(response: Response) -> Response:
    """Pages of the company's sites may read what they are answered."""
    key = (request.view_args or {}).get("key")
    return response if key is None else answer_sites(response, lambda: widgets.find(door.context(), key))


@blueprint.get("/clickconnect/<key>.js")
@described(content="text/javascript")
def button(key: str) -> Response:
    """The script of a widget, `TENANT.WIDGET`; a page names it in a script element."""
    return script(of_widget(widgets.shown(widgets.find(door.context(), key))))


@blueprint.get("/clickconnect/call.js")
@described(content="text/javascript")
def call_script() -> Response:
    """The part of the script that calls from the page; it is loaded when somebody calls."""
    file = door.context().settings.ui_dir / "clickconnect.js"
    if not file.is_file():
        raise not_found("script: the browser application of this node is not built")
    return script(file.read_text())


@blueprint.post("/clickconnect/<key>/token")
@described(answer=fields({"token": TEXT, "open": {"type": "boolean"}, "ways": {"type": "array", "items": TEXT}}))
def token(key: str) -> dict[str, Any]:
    """A token for one view of a page of the company's, good for ten minutes and one call; `ways` are open now."""
    context = door.context()
    return widgets.view_page(context, widgets.find(context, key), origin(), door.source())


@blueprint.post("/clickconnect/<key>/calls")
@described(body=fields({"token": TEXT, "phone": TEXT}, name=TEXT, page=TEXT), answer=OBJECT, statuses=(202,))
def call_me(key: str) -> tuple[dict[str, Any], int]:
    """Call a visitor: agents first."""
    context, body = door.context(), json_object(request)
    known_fields(body, "token", "phone", "name", "page")
    given = {
        "phone": text_field(body, "phone", 40),
        "name": text_field(body, "name", visitor_name_chars_max, required=False),
        "page": text_field(body, "page", visitor_page_chars_max, required=False),
    }
    token = text_field(body, "token", _token_chars_max) or ""
    place = widgets.find(context, key)
    return widgets.call_me(context, place, origin(), door.source(), token, given), 202


@blueprint.post("/clickconnect/<key>/visits")
@described(body=fields({"token": TEXT}), answer=fields({"urls": OBJECT, "uri": TEXT}))
def visit(key: str) -> dict[str, Any]:
    """Call from the page: where SIP over WebSocket is, and the URI to call, once and at once."""
    context, body = door.context(), json_object(request)
    known_fields(body, "token")
    token = text_field(body, "token", _token_chars_max) or ""
    place = widgets.find(context, key)
    return widgets.visit(context, place, origin(), door.source(), token, door.host_name())
