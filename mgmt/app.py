"""The application factory: one Flask app with the web apps of the registry, the door, and every error as a problem."""

from __future__ import annotations

import json
import re

from flask import Flask, Response, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, Map
from werkzeug.wrappers import Response as BaseResponse

from configdb.errors import Refused, Unknown
from history.shelves import StoreAway
from mgmt.access.auth import Policy
from mgmt.access.rights import RIGHTS
from mgmt.context import Context
from mgmt.http import door, farewell
from mgmt.http.errors import Problem, problem_document, problem_type
from mgmt.limits import body_bytes_max
from mgmt.pages import words
from mgmt.usecases.problems import of_history, of_refused, of_switch, of_unknown
from mgmt.webapps.registry import WEB_APPS
from softswitch.control.messages import ControlError

_codes = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def create_app(context: Context) -> Flask:
    """The WSGI application over a context. Raises ValueError when a web app of the registry has no row in the table of rights."""
    app = Flask("mgmt", static_folder=None, template_folder="templates")
    app.config.update(
        MAX_CONTENT_LENGTH=body_bytes_max,
        MAX_FORM_MEMORY_SIZE=body_bytes_max,
        TRUSTED_HOSTS=_trusted_hosts(context),
        PROPAGATE_EXCEPTIONS=False,
    )
    app.extensions["context"] = context
    app.url_map.converters["anycase"] = AnyCase
    app.json.sort_keys = False  # type: ignore[attr-defined]  # DefaultJSONProvider has it, the base class does not
    for web_app in WEB_APPS:
        if web_app.policy is Policy.SESSION and web_app.part not in RIGHTS:
            raise ValueError(f"{web_app.name} belongs to no part of the table of rights")
        app.register_blueprint(web_app.blueprint, url_prefix=web_app.prefix or None)
    app.extensions["registry"] = {web_app.blueprint.name: web_app for web_app in WEB_APPS}
    door.install(app, app.extensions["registry"])
    farewell.install(app, app.extensions["registry"])
    _install_errors(app)
    return app


def _trusted_hosts(context: Context) -> list[str] | None:
    """Names that this server answers to; None: any."""
    of_apps = {host for hosts in context.region.hosts.values() for host in hosts}
    return sorted({*context.settings.hosts, *of_apps}) if context.settings.hosts else None


class AnyCase(BaseConverter):
    """One word of a path, whatever the case of its letters."""

    def __init__(self, url_map: Map, word: str) -> None:
        super().__init__(url_map)
        self.regex = f"(?i:{re.escape(word)})"


def _install_errors(app: Flask) -> None:
    app.register_error_handler(Problem, answer)
    app.register_error_handler(Refused, lambda error: answer(of_refused(error)))
    app.register_error_handler(Unknown, lambda error: answer(of_unknown(error)))
    app.register_error_handler(StoreAway, lambda error: answer(of_history(error)))
    app.register_error_handler(ControlError, lambda error: answer(of_switch(error)))
    app.register_error_handler(HTTPException, lambda error: answer(_of_http(error)))
    app.register_error_handler(Exception, lambda error: answer(door.unexpected(error)))


def answer(problem: Problem) -> BaseResponse:
    """A problem as the response its reader wants: a page, a way to the sign-in page, or problem+json."""
    if door.wants_page():
        if problem.status == 401:
            return redirect(url_for("webui.login", next=request.full_path.rstrip("?")), 303)
        language = door.language()
        said = {"problem": problem, "request_id": door.request_id(), "language": language, "t": words(language)}
        page = render_template("problem.html", **said)
        return _with_headers(Response(page, problem.status, mimetype="text/html"), problem)
    document = problem_document(problem, door.request_id())
    return _with_headers(Response(json.dumps(document), problem.status, mimetype=problem_type), problem)


def _with_headers(response: Response, problem: Problem) -> Response:
    for name, value in problem.headers:
        response.headers[name] = value
    return response


def _of_http(error: HTTPException) -> Problem:
    status = error.code or 500
    kept = tuple(
        (name, value) for name, value in error.get_headers() if name in ("Allow", "Retry-After", "Content-Range")
    )
    return Problem(status, _codes.get(status, f"http_{status}"), error.description or "", headers=kept)
