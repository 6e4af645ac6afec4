"""Web app SMS Listener: suppliers bring text messages and receipts to `/sms/<supplier>/<secret>`; see docs/apps/sms.md.

Refused before anything is read: an unknown supplier or secret (404, the same answer), a foreign network (403), a signature
that is not the supplier's (403). What is answered with success is on disk.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from mgmt.http import door
from mgmt.http.described import TEXT, described
from mgmt.sms.wire import Request
from mgmt.usecases import sms

blueprint = Blueprint("sms_listener", __name__)


@blueprint.get("/sms/<supplier>/<key>")
@described(answer=TEXT, content="text/plain")
def there(supplier: str, key: str) -> Response:
    """A supplier asks whether we are there."""
    return _taken(supplier, key)


@blueprint.post("/sms/<supplier>/<key>")
@described(answer=TEXT, content="text/plain")
def came(supplier: str, key: str) -> Response:
    """A supplier brings messages or receipts."""
    return _taken(supplier, key)


def _taken(supplier: str, key: str) -> Response:
    body = request.get_data(cache=True)  # before the form is read of it
    given = Request(
        request.method,
        door.base() + request.full_path.rstrip("?"),
        {name.lower(): value for name, value in request.headers.items()},
        tuple(request.form.items(multi=True)),
        body,
    )
    answer, kind = sms.take(door.context(), supplier, key, given, door.address())
    return Response(answer, content_type=kind)
