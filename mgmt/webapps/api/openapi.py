"""API: its own description (OpenAPI 3.1), for people, client generators and tests; and the Python client made from it.

The Mobile API has its own, at the same place under its prefix.
"""

from __future__ import annotations

import importlib.metadata
from typing import Any

from flask import Blueprint, Response, current_app, jsonify

from mgmt.client.package import archive
from mgmt.http import openapi
from mgmt.http.described import ANY, OBJECT, described

blueprint = Blueprint("openapi", __name__)
apps = Blueprint("mobile_openapi", __name__)
ARCHIVE = "application/gzip"


@blueprint.get("/openapi.json")
@described(answer=OBJECT)
def description() -> Response:
    """This document."""
    return _published(openapi.PREFIX)


@apps.get("/openapi.json")
@described(answer=OBJECT)
def of_apps() -> Response:
    """This document."""
    return _published(openapi.APPS)


@blueprint.get("/client/softswitch_client.tar.gz")
@described(answer=ANY, content=ARCHIVE)
def client() -> Response:
    """The typed Python client of this very API, as pip installs it from here."""
    answer = Response(archive(_document(openapi.PREFIX)), content_type=ARCHIVE)
    answer.headers["Content-Disposition"] = 'attachment; filename="softswitch_client.tar.gz"'
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


def _published(prefix: str) -> Response:
    answer = jsonify(_document(prefix))
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


def _document(prefix: str) -> dict[str, Any]:
    return openapi.document(
        current_app.url_map.iter_rules(),
        current_app.view_functions,
        current_app.extensions["registry"],
        importlib.metadata.version("softswitch"),
        prefix,
    )
