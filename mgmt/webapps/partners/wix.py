"""Web apps Wix TollFree and Wix React: pages in the dashboard by a signed `instance`, one webhook; see docs/apps/wix.md."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from mgmt.http import door
from mgmt.http.described import TEXT, described
from mgmt.pages_store import words
from mgmt.usecases import partners_wix
from mgmt.webapps.partners.pages import go_on

tollfree = Blueprint("wix_tollfree", __name__)
react = Blueprint("wix_react", __name__)
webhooks = Blueprint("wix_webhooks", __name__)
FRAMES = "https://*.wix.com https://*.editorx.com"


@tollfree.get("/store/wix/tollfree")
@described(query={"instance": TEXT}, content="text/html")
def tollfree_panel() -> Response:
    """The app's page in the dashboard: a toll-free number for the site."""
    return _panel("tollfree")


@tollfree.post("/store/wix/tollfree")
def tollfree_open() -> BaseResponse:
    """On to the sign-up, or into the company."""
    return _open("tollfree")


@react.get("/store/wix/react")
@described(query={"instance": TEXT}, content="text/html")
def react_panel() -> Response:
    """The app's page in the dashboard: contact page and queue, free and without a number."""
    return _panel("react")


@react.post("/store/wix/react")
def react_open() -> BaseResponse:
    """On to the sign-up, or into the company."""
    return _open("react")


@webhooks.post("/store/wix/webhook")
@described(content="text/plain", answer=TEXT)
def webhook() -> Response:
    """The whole body is a token, signed by Wix for one of the two apps."""
    partners_wix.webhook(door.context(), request.get_data())
    return Response("ok", mimetype="text/plain")


def _panel(app: str) -> Response:
    given, language = request.args.get("instance", ""), door.language()
    shown = partners_wix.panel(door.context(), app, given, door.base())
    action = url_for(f"wix_{app}.{app}_open")
    page = render_template(
        "partner_panel.html", t=words(language), language=language, action=action, fields={"instance": given}, **shown
    )
    answer = Response(page, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = door.content_policy(framed_by=FRAMES)
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def _open(app: str) -> BaseResponse:
    return go_on(partners_wix.enter(door.context(), app, request.form.get("instance", ""), door.client()))
