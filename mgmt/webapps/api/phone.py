"""API: what becomes of calls to me, the feature codes of the company, and codes that set telephones up."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from mgmt.http import door
from mgmt.http.body import json_object
from mgmt.http.described import OBJECT, described
from mgmt.http.wire import outward
from mgmt.usecases import phone, phone_codes

blueprint = Blueprint("phone", __name__)
scanned = Blueprint("phone_settings", __name__)


@blueprint.get("/me/phone")
def mine() -> dict[str, Any]:
    """Do not disturb, status, forwards, follow-me, VIPs, block list: as `user` in the configuration has them.

    `since_at`: since when do not disturb and status are as they are; null: for long.
    """
    return outward(phone.mine(door.context(), door.identity(), door.scope()))


@blueprint.patch("/me/phone")
def change() -> dict[str, Any]:
    """Change the members that are given."""
    return outward(phone.change(door.context(), door.identity(), door.scope(), json_object(request)))


@blueprint.get("/features")
def features() -> dict[str, Any]:
    """All feature codes: what to dial, what for, what belongs behind it."""
    return {"data": phone.features(door.scope()), "next_cursor": None}


@blueprint.patch("/features")
def choose() -> dict[str, Any]:
    """Other codes, by feature: {"dnd_on": "*50", "dnd_off": ""}; null is the usual one."""
    phone.choose_codes(door.context(), door.scope(), json_object(request))
    return {"data": phone.features(door.scope()), "next_cursor": None}


@blueprint.post("/devices/<id>/code")
@described(answer=OBJECT, statuses=(201,))
def code(id: str) -> tuple[dict[str, Any], int]:
    """A new password for a device, shown this once, and a QR code (`picture`) by which a telephone sets itself up with it.

    `server`, `port`, `transport`, `username`, `realm` and `password` are for typing; the code holds until `expires_at`, once.
    """
    door.keep_secret()
    return outward(phone_codes.made(door.context(), door.scope(), id, door.base(), door.host_name())), 201


@scanned.get("/phone-settings")
def settings() -> Response:
    """The settings behind a code, for the telephone that scanned it, once. Whatever is wrong with it, there is no such page."""
    if request.method == "HEAD":
        return Response(content_type="application/xml")
    found = phone_codes.settings(door.context(), request.args.get("token", ""), door.address())
    answer = Response(found, content_type="application/xml; charset=utf-8")
    answer.headers["Cache-Control"] = "no-store"
    return answer
