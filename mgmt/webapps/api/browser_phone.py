"""API: what a page needs to be a telephone of somebody."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from mgmt.http import door
from mgmt.http.described import TEXT, described, fields
from mgmt.usecases import browser_phone

blueprint = Blueprint("browser_phone", __name__)
CREDENTIAL = fields(
    {
        "urls": {"type": "object", "properties": {"ws": TEXT, "wss": TEXT}},
        "domain": TEXT,
        "device": TEXT,
        "username": TEXT,
        "realm": TEXT,
        "ha1": TEXT,
        "name": TEXT,
        "extension": TEXT,
    }
)


@blueprint.post("/me/browser-phone")
@described(answer=CREDENTIAL)
def issue() -> dict[str, Any]:
    """What my page registers with: where SIP is, a user name and its HA1. The device is made at the first request."""
    return _issued(None)


@blueprint.delete("/me/browser-phone")
@described(statuses=(204,))
def revoke() -> tuple[str, int]:
    """None of my pages may ring any more, wherever they are open."""
    return _revoked(None)


@blueprint.post("/users/<id>/browser-phone")
@described(answer=CREDENTIAL)
def issue_for(id: str) -> dict[str, Any]:
    """The same for one of the people, so that a program can put the telephone into its own pages."""
    return _issued(id)


@blueprint.delete("/users/<id>/browser-phone")
@described(statuses=(204,))
def revoke_for(id: str) -> tuple[str, int]:
    """None of the pages of one of the people may ring any more."""
    return _revoked(id)


def _issued(id: str | None) -> dict[str, Any]:
    scope = door.scope()
    user = browser_phone.mine(door.identity(), scope) if id is None else browser_phone.of(scope, id)
    door.keep_secret()
    return browser_phone.issued(door.context(), scope, user, door.host_name())


def _revoked(id: str | None) -> tuple[str, int]:
    scope = door.scope()
    user = browser_phone.mine(door.identity(), scope) if id is None else browser_phone.of(scope, id)
    browser_phone.revoke(door.context(), scope, user)
    return "", 204
