"""Mobile API: a call that rings a telephone first, for who has no data to speak over; asked for twice, it is one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt.http import door
from mgmt.http.body import json_object, known_fields, text_field
from mgmt.http.described import OBJECT, described, fields, text
from mgmt.limits import app_device_chars_max
from mgmt.usecases.browser_phone import mine
from mgmt.usecases.mobile import actions, start
from mgmt.webapps.api.calls import PARTY, party_chars_max

blueprint = Blueprint("mobile_calls", __name__)


@blueprint.post("/calls")
@described(body=fields({"id": text(app_device_chars_max), "to": PARTY}, from_=PARTY), answer=OBJECT, statuses=(202,))
def call() -> tuple[dict[str, Any], int]:
    """Ring `from` (none: all telephones of the person), then connect it with `to`; once for each `id` of the app's."""
    who, body = door.identity(), json_object(request)
    app = start.app_of(who)
    known_fields(body, "id", "from", "to")
    id, callee = text_field(body, "id", app_device_chars_max) or "", text_field(body, "to", party_chars_max) or ""
    caller = text_field(body, "from", party_chars_max, required=False) or mine(who, door.scope()).extension
    return actions.called(door.context(), door.scope(), app, id, caller, callee), 202
