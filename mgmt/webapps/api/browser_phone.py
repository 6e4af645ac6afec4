"""API: what a page needs to be a telephone of somebody."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from configdb.model import User
from mgmt.access.scope import Scope
from mgmt.http import door
from mgmt.http.body import json_object, known_fields, object_field, text_field
from mgmt.http.described import OBJECT, TEXT, described, fields, text
from mgmt.limits import agent_chars_max, web_url_chars_max
from mgmt.usecases import browser_phone, browser_push

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
        "ice_servers": {"type": "array", "items": OBJECT},
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


@blueprint.get("/me/browser-phone/push")
@described(answer=fields({"data": {"type": "array", "items": OBJECT}}))
def browsers() -> dict[str, Any]:
    """My browsers that are woken when I am called and no page is open."""
    return {"data": browser_push.mine(door.context(), *_mine())}


@blueprint.put("/me/browser-phone/push")
@described(
    body=fields({"endpoint": text(web_url_chars_max), "keys": fields({"p256dh": text(100), "auth": text(40)})}),
    answer=fields({"id": TEXT, "contact": OBJECT}),
)
def subscribe() -> dict[str, Any]:
    """Wake this browser (a PushSubscription); the answer says what its phone writes into its contact (RFC 8599)."""
    body = json_object(request)
    known_fields(body, "endpoint", "keys", "expirationTime")
    endpoint = text_field(body, "endpoint", web_url_chars_max) or ""
    agent = door.client().agent[:agent_chars_max]
    return browser_push.kept(door.context(), *_mine(), endpoint, object_field(body, "keys"), agent)


@blueprint.delete("/me/browser-phone/push/<id>")
@described(statuses=(204,))
def unsubscribe(id: str) -> tuple[str, int]:
    """Wake a browser of mine no more."""
    browser_push.forgotten(door.context(), *_mine(), id)
    return "", 204


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


def _mine() -> tuple[Scope, User]:
    scope = door.scope()
    return scope, browser_phone.mine(door.identity(), scope)


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
