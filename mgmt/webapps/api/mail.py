"""API: the addresses at which a company takes e-mail; they are set as configuration (`mail_address`)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from mgmt.http import door
from mgmt.http.described import OBJECT, described
from mgmt.usecases import mail_in

blueprint = Blueprint("mail", __name__)


@blueprint.get("/mail/addresses")
@described(answer=OBJECT)
def addresses() -> dict[str, Any]:
    """Where mail to the company goes: `id`, `name`, `address` each; `todo`: where its people send tasks to themselves."""
    return mail_in.addresses(door.context(), door.scope())
