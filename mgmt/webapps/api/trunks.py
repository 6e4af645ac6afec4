"""API: the trunks as they are now, for operators."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from mgmt.http import door
from mgmt.http.described import OBJECT, described, page_of
from mgmt.http.wire import outward
from mgmt.usecases import trunks

blueprint = Blueprint("trunks", __name__)


@blueprint.get("/trunks")
@described(answer=page_of(OBJECT))
def listed() -> dict[str, Any]:
    """All trunks: channels in use, each gateway's health and registration."""
    return outward({"data": trunks.listed(door.context()), "next_cursor": None})


@blueprint.get("/trunks/<id>")
@described(answer=OBJECT)
def one(id: str) -> dict[str, Any]:
    """One trunk."""
    return outward(trunks.one(door.context(), id))
