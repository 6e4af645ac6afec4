"""API: its own description (OpenAPI 3.1), for people, client generators and tests."""

from __future__ import annotations

import importlib.metadata

from flask import Blueprint, Response, current_app, jsonify

from mgmt import openapi
from mgmt.described import OBJECT, described

blueprint = Blueprint("openapi", __name__)


@blueprint.get("/openapi.json")
@described(answer=OBJECT)
def description() -> Response:
    """This document."""
    answer = jsonify(
        openapi.document(
            current_app.url_map.iter_rules(),
            current_app.view_functions,
            current_app.extensions["registry"],
            importlib.metadata.version("softswitch"),
        )
    )
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer
