"""API: what becomes of calls to me, and the feature codes of the company."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt.http import door
from mgmt.http.body import json_object
from mgmt.usecases import phone

blueprint = Blueprint("phone", __name__)


@blueprint.get("/me/phone")
def mine() -> dict[str, Any]:
    """Do not disturb, status, forwards, follow-me, VIPs, block list: as `user` in the configuration has them."""
    return phone.mine(door.identity(), door.scope())


@blueprint.patch("/me/phone")
def change() -> dict[str, Any]:
    """Change the members that are given."""
    return phone.change(door.context(), door.identity(), door.scope(), json_object(request))


@blueprint.get("/features")
def features() -> dict[str, Any]:
    """All feature codes: what to dial, what for, what belongs behind it."""
    return {"data": phone.features(door.scope()), "next_cursor": None}


@blueprint.patch("/features")
def choose() -> dict[str, Any]:
    """Other codes, by feature: {"dnd_on": "*50", "dnd_off": ""}; null is the usual one."""
    phone.choose_codes(door.context(), door.scope(), json_object(request))
    return {"data": phone.features(door.scope()), "next_cursor": None}
