"""API: whether a company lets helpers in, and acting as one of its people."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt.http import door
from mgmt.http.body import json_object, known_fields, text_field
from mgmt.http.described import OBJECT, described, fields, text
from mgmt.http.errors import FieldError, Problem
from mgmt.http.wire import outward
from mgmt.limits import consent_s_max, reason_chars_max, tenant_chars_max
from mgmt.usecases import visits

support = Blueprint("support", __name__)
blueprint = Blueprint("visits", __name__)
HOURS = {"type": "integer", "minimum": 1, "maximum": consent_s_max // 3600}


@support.get("/support")
@described(answer=OBJECT)
def shown() -> dict[str, Any]:
    """Until when helpers (operators and resellers) may act as people of the company; null: they may not."""
    return visits.consent(door.scope())


@support.put("/support")
@described(body=fields({"hours": HOURS}), answer=OBJECT)
def agree() -> dict[str, Any]:
    """Let helpers in for some hours, a week at most; for owners of the company itself."""
    body = json_object(request)
    known_fields(body, "hours")
    hours = body.get("hours")
    if type(hours) is not int or not 1 <= hours <= consent_s_max // 3600:
        detail = f"must be a number from 1 to {consent_s_max // 3600}"
        raise Problem(422, "invalid_field", f"hours {detail}.", (FieldError("/hours", detail),))
    return visits.agree(door.context(), door.scope(), hours * 3600)


@support.delete("/support")
@described(answer=OBJECT)
def refuse() -> dict[str, Any]:
    """Let helpers in no longer; whoever acts as somebody is out at once."""
    return visits.agree(door.context(), door.scope(), None)


@blueprint.post("/visits")
@described(
    body=fields({"user": text(tenant_chars_max), "reason": text(reason_chars_max)}), answer=OBJECT, statuses=(201,)
)
def begin() -> tuple[dict[str, Any], int]:
    """Act as a person of the company, which has to let helpers in; `reason` is in its audit. An hour at most."""
    body = json_object(request)
    known_fields(body, "user", "reason")
    user, reason = text_field(body, "user", tenant_chars_max) or "", text_field(body, "reason", reason_chars_max) or ""
    return outward(visits.begin(door.context(), door.scope(), user, reason)), 201
