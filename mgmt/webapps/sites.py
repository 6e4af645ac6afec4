"""What the web apps for pages of other sites share: CORS answers for the origins of a widget (Fetch standard), scripts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from flask import Response, request

from mgmt.http.errors import Problem
from mgmt.usecases.widgets import Place

PREFLIGHT_S = "600"


def origin() -> str | None:
    """The page that asks, as its browser says."""
    return request.headers.get("Origin")


def answer_sites(response: Response, place: Callable[[], Place]) -> Response:
    """Lets the pages of a widget's sites read the answer, refusals too. `place` raises Problem when there is no widget."""
    return answer_origins(response, lambda: place().widget.origins)


def answer_origins(response: Response, origins: Callable[[], tuple[str, ...]]) -> Response:
    """The same for any origins."""
    asked = origin()
    if "Access-Control-Allow-Origin" in response.headers:  # a script, which is for every page
        return response
    response.headers["Vary"] = "Origin"
    if asked is None:
        return response
    try:
        allowed = asked.lower() in origins()
    except Problem:
        allowed = False
    if allowed:
        response.headers["Access-Control-Allow-Origin"] = asked
        response.headers["Access-Control-Allow-Methods"] = "GET, POST"
        response.headers["Access-Control-Allow-Headers"] = "Content-Type"
        response.headers["Access-Control-Max-Age"] = PREFLIGHT_S
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def script(text: str) -> Response:
    """A script for every page."""
    return public(text, "text/javascript")


def public(text: str, mimetype: str) -> Response:
    """A text for every page; it is asked for again each time and sent when it changed."""
    answer = Response(text, mimetype=mimetype)
    answer.set_etag(hashlib.sha256(text.encode()).hexdigest()[:32])
    answer.headers["Cache-Control"] = "public, no-cache"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.make_conditional(request)
    return answer
