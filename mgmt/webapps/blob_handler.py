"""Web app Blob Handler: a company's public files under the hash of their content, for every page of the world, for ever.

A file of another content has another address, so browsers and caches keep what they have. Nothing else is reached from here.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from mgmt.http import door
from mgmt.http.described import OBJECT, described
from mgmt.http.wire import outward
from mgmt.usecases import public_files, widgets
from mgmt.webapps.ranges import answered
from mgmt.webapps.sites import public

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


@blueprint.get("/vcard/<key>.vcf")
@described(content="text/vcard")
def card(key: str) -> Response:
    """The contact card of a widget `TENANT.WIDGET`, or of the one that stands for a company, where it shows one."""
    context = door.context()
    place = widgets.find(context, key) if "." in key else widgets.of_tenant(context, key)
    answer = public(widgets.card(place), "text/vcard")
    answer.headers["Content-Disposition"] = f'attachment; filename="{place.view.tenant.id}.vcf"'
    return answer


@publishing.put("/public/<name>")
@described(answer=OBJECT, statuses=(201,))
def publish(name: str) -> tuple[dict[str, Any], int]:
    """Publish the body under a name; its `url`. For owners and managers."""
    return outward(public_files.publish(door.context(), door.scope(), name, request.get_data())), 201
