"""Web apps Wix TollFree and Wix React: pages in the dashboard by a signed `instance`, one webhook; see docs/apps/wix.md."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from mgmt.http import door
from mgmt.http.described import TEXT, described
from mgmt.http.errors import Problem
from mgmt.usecases import partners_wix, partners_wix_react
from mgmt.webapps.partners.pages import go_on
from mgmt.webapps.store_page import store_page

tollfree = Blueprint("wix_tollfree", __name__)
react = Blueprint("wix_react", __name__)
webhooks = Blueprint("wix_webhooks", __name__)
FRAMES = "https://*.wix.com https://*.editorx.com"


@tollfree.get("/store/wix/tollfree")
@described(query={"instance": TEXT}, content="text/html")
def tollfree_panel() -> Response:
    """The app's page in the dashboard: a toll-free number for the site."""
    found = partners_wix.site(door.context(), "tollfree", request.args.get("instance", ""))
    return _page("partner_panel.html", "tollfree", found)


@tollfree.post("/store/wix/tollfree")
def tollfree_open() -> BaseResponse:
    """On to the sign-up, or into the company."""
    return _open("tollfree")


@react.get("/store/wix/react")
@described(query={"instance": TEXT}, content="text/html")
def react_panel() -> Response:
    """The app's page in the dashboard: contact page and queue, free and without a number."""
    return _react(request.args.get("instance", ""))


@react.post("/store/wix/react")
def react_open() -> BaseResponse:
    """On to the sign-up, or into the company; or what the page is asked to do."""
    context, form = door.context(), request.form
    given, more = form.get("instance", ""), dict[str, Any]()
    try:
        match form.get("step"):
            case "site":
                partners_wix_react.settle(context, given, form)
                more = {"saved": True}
            case "code":
                more = {"code": partners_wix_react.code(context, given)}
            case "link":
                partners_wix_react.link(context, given, form.get("code", ""))
            case _:
                return _open("react")
    except Problem as problem:
        if problem.status in (403, 404):
            raise
        return _react(given, problem)
    return _react(given, **more)


@webhooks.post("/store/wix/webhook")
@described(content="text/plain", answer=TEXT)
def webhook() -> Response:
    """The whole body is a token, signed by Wix for one of the two apps."""
    partners_wix.webhook(door.context(), request.get_data())
    return Response("ok", mimetype="text/plain")


def _react(given: str, problem: Problem | None = None, **more: Any) -> Response:
    found, settings = partners_wix_react.panel(door.context(), given)
    if problem is not None and settings["settings"]:
        settings["settings"] |= request.form.to_dict()
    return _page("wix_react.html", "react", found, problem, given=given, **settings, **more)


def _page(
    template: str, app: str, found: partners_wix.Site, problem: Problem | None = None, given: str = "", **more: Any
) -> Response:
    fields = {"instance": given or request.args.get("instance", "")}
    shown = partners_wix.panel(found, door.base())
    answer = store_page(template, problem, action=url_for(f"wix_{app}.{app}_open"), fields=fields, **shown, **more)
    answer.headers["Content-Security-Policy"] = door.content_policy(framed_by=FRAMES)
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def _open(app: str) -> BaseResponse:
    return go_on(partners_wix.enter(door.context(), app, request.form.get("instance", ""), door.client()))
