"""API: bans of the switch, for operators. A source is an address or an IPv6 /64, so it is given as a parameter."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt.http import door
from mgmt.http.described import OBJECT, described, page_of, text
from mgmt.http.errors import Problem
from mgmt.http.wire import outward
from mgmt.usecases import defence

blueprint = Blueprint("bans", __name__)
source_chars_max = 64


@blueprint.get("/bans")
@described(answer=page_of(OBJECT))
def listed() -> dict[str, Any]:
    """The bans in force."""
    return outward({"data": defence.bans(door.context()), "next_cursor": None})


@blueprint.delete("/bans")
@described(query={"source": text(source_chars_max)}, statuses=(204,))
def lift() -> tuple[str, int]:
    """Lift the bans of `source` and of the users there."""
    source = request.args.get("source", "")
    if not source or len(source) > source_chars_max:
        raise Problem(400, "invalid_source", "Say which address: ?source=203.0.113.66")
    defence.lift(door.context(), source)
    return "", 204
