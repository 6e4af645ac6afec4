"""API: the picture of a recording for the player."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify

from mgmt.http import door
from mgmt.http.described import OBJECT, described
from mgmt.usecases import media

blueprint = Blueprint("peaks", __name__)


@blueprint.get("/media/<id>/peaks")
@described(answer=OBJECT)
def peaks(id: str) -> Response:
    """Duration and, for each channel, pairs of minimum and maximum from -1 to 1."""
    found: dict[str, Any] = media.peaks(door.context(), door.scope(), id)
    answer = jsonify(found)
    answer.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return answer
