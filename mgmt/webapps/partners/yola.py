"""Web app Yola: `/store/yola/start` with a signed hand-off opens the sign-up of a Yola user; see docs/apps/yola.md."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from mgmt.http import door
from mgmt.http.described import TEXT, described
from mgmt.usecases import partners_yola
from mgmt.webapps.partners.pages import go_on, pairs

blueprint = Blueprint("yola", __name__)


@blueprint.get("/store/yola/start")
@described(query={"user_id": TEXT, "site_id": TEXT, "ts": TEXT, "task_id": TEXT, "sig": TEXT}, statuses=(303,))
def start() -> Response:
    """Somebody comes from Yola."""
    return go_on(partners_yola.start(door.context(), pairs(), door.client()))
