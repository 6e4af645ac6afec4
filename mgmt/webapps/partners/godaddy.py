"""Web app GoDaddy: `/store/godaddy/sso?token=` creates or opens the company of a shopper; see docs/apps/godaddy.md."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response

from mgmt.http import door
from mgmt.http.described import TEXT, described
from mgmt.usecases import partners_godaddy
from mgmt.webapps.partners.pages import go_on

blueprint = Blueprint("godaddy", __name__)


@blueprint.get("/store/godaddy/sso")
@described(query={"token": TEXT}, statuses=(303,))
def sso() -> Response:
    """Somebody comes from GoDaddy."""
    return go_on(partners_godaddy.sso(door.context(), request.args.get("token", ""), door.client()))
