"""A page of the stores, in the visitor's language, with the status and the words of what stands against it."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template

from mgmt.http import door
from mgmt.http.errors import Problem
from mgmt.pages_store import words


def store_page(template: str, problem: Problem | None, **more: Any) -> Response:
    """The answer; without a problem 200."""
    language = door.language()
    known = {"t": words(language), "language": language, "error": problem and problem.detail}
    headers = dict(problem.headers) if problem is not None else {}
    page = render_template(template, **known, **more)
    return Response(page, problem.status if problem is not None else 200, headers=headers, mimetype="text/html")
