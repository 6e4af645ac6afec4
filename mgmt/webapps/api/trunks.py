"""API: the trunks as they are now, for operators."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt.http import door
from mgmt.http.described import OBJECT, described, page_of
from mgmt.http.errors import Problem
from mgmt.http.wire import outward
from mgmt.limits import trunk_days_max
from mgmt.usecases import trunk_checks, trunk_figures, trunks

blueprint = Blueprint("trunks", __name__)
DAYS = {"days": {"type": "integer", "minimum": 1, "maximum": trunk_days_max, "default": 1}}


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


@blueprint.get("/trunks/<id>/figures")
@described(query=DAYS, answer=OBJECT)
def figures(id: str) -> dict[str, Any]:
    """What its calls of the last `days` came to, over all companies: ASR, NER, ACD, PDD, causes, attestations, MOS."""
    text = request.args.get("days", "1")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= trunk_days_max):
        raise Problem(400, "invalid_days", f"days must be a number from 1 to {trunk_days_max}.")
    return outward(trunk_figures.figures(door.context(), id, int(text)))


@blueprint.post("/trunks/<id>/acceptance")
@described(answer=OBJECT, statuses=(201,))
def accept(id: str) -> tuple[dict[str, Any], int]:
    """Check it by its gateways now and its newest calls; the result is kept (`/quality/tests`), as a page and a PDF too."""
    return outward(trunk_checks.accepted(door.context(), door.scope(), id)), 201
