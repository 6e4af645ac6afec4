"""Web app Push Proxy: what a page needs so that it can be woken, and a push by hand to see whether an account works."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt.http import door
from mgmt.http.body import json_object, known_fields
from mgmt.http.described import OBJECT, TEXT, described, fields
from mgmt.http.errors import Problem
from mgmt.push.notes import Wish
from mgmt.usecases import browser_push

blueprint = Blueprint("push", __name__)
pages = Blueprint("push_pages", __name__)
WAKE = dict.fromkeys(("tenant", "user", "device", "provider", "prid", "call", "from"), TEXT)


@blueprint.post("/wake")
@described(
    body=fields(WAKE, param=TEXT, deadline_s={"type": "number", "minimum": 0, "maximum": 120}),
    answer=OBJECT,
    statuses=(202,),
)
def wake() -> tuple[dict[str, Any], int]:
    """Wake a phone as the switch does for a call; what became of it is in the log and the metrics of the services."""
    context, body = door.context(), json_object(request)
    known_fields(body, *WAKE, "param", "deadline_s")
    document = {"deadline_s": 12.0, **body}
    try:
        wish = Wish.read("wake", document)
        context.bus.publish(f"push.{wish.tenant}.wake", {**document, "node": context.node})
    except ValueError as wrong:
        raise Problem(
            422, "invalid_wake", "Say tenant, user, device, provider, prid, call and from as texts."
        ) from wrong
    return {"accepted": True}, 202


@pages.get("/push")
@described(
    answer=fields(
        {"providers": {"type": "array", "items": TEXT}, "application_server_key": {"type": ["string", "null"]}}
    )
)
def accounts() -> dict[str, Any]:
    """The push services that phones of this node can name (pn-provider), and the key that pages subscribe with (RFC 8292)."""
    context = door.context()
    known = sorted({one.provider for one in browser_push.accounts(context)})
    return {"providers": known, "application_server_key": browser_push.page_key(context)}
