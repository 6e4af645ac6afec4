"""Web app Blob Handler: a company's public files under the hash of their content, for every page of the world, for ever.

A file of another content has another address, so browsers and caches keep what they have. Nothing else is reached from here.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from mgmt.http import door
from mgmt.http.described import OBJECT, described
from mgmt.http.wire import outward
from mgmt.usecases import public_files
from mgmt.webapps.ranges import answered

blueprint = Blueprint("blobs", __name__)
publishing = Blueprint("publishing", __name__)


@blueprint.get("/public/<tenant>/<hash>/<name>")
def asset(tenant: str, hash: str, name: str) -> Response:
    """A public file."""
    context = door.context()
    stat = public_files.find(context, tenant, hash, name)
    answer = answered(stat, lambda start, end: context.media.read(stat.name, start, end))
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return answer


@publishing.put("/public/<name>")
@described(answer=OBJECT, statuses=(201,))
def publish(name: str) -> tuple[dict[str, Any], int]:
    """Publish the body under a name; its `url`. For owners and managers."""
    return outward(public_files.publish(door.context(), door.scope(), name, request.get_data())), 201
