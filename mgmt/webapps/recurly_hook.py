"""Web app Recurly: it tells us by webhook that something changed; see docs/apps/recurly.md.

Answered fast, and looked at again from the outbox: what it says is never believed.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from mgmt.http import door
from mgmt.http.described import OBJECT, TEXT, described
from mgmt.http.errors import Problem
from mgmt.limits import hook_bytes_max
from mgmt.usecases import billing

blueprint = Blueprint("recurly_hook", __name__)


@blueprint.post("/recurly/hook")
@described(body=OBJECT, answer=TEXT, content="text/plain")
def told() -> Response:
    """One message."""
    if (request.content_length or 0) > hook_bytes_max:
        raise Problem(413, "too_large", "This message is too long.")
    body = request.get_data(cache=False)
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Response(billing.take(door.context(), headers, body), mimetype="text/plain")
