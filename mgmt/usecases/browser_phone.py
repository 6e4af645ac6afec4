"""The browser as a telephone: a device of its own for each person, and what a page needs to register as it (RFC 7118).

A page gets the HA1 (RFC 7616 3.4.2) of the device, which is good for SIP and for nothing else. All pages of a person share
the device; who takes it away signs all of them out.
"""

from __future__ import annotations

import secrets
from typing import Any

from configdb.log import Change
from configdb.model import Device, User
from configdb.secrets import sealed_ha1
from history.shelves import SUBSCRIPTIONS, Drop
from history.subscription import of_user
from mgmt.access.auth import Identity
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import Problem, not_found
from mgmt.usecases import ice
from mgmt.usecases.config import validated

Document = dict[str, Any]
USER_CHARS_MAX = 50


def mine(who: Identity, scope: Scope) -> User:
    """The one who asks. Raises Problem 409 for who is nobody here."""
    user = scope.view.users.get(who.user.id) if who.user is not None and who.tenant == scope.tenant else None
    if user is None:
        raise Problem(409, "no_user", "You are none of the people of this company, so no page can ring for you.")
    return user


def of(scope: Scope, id: str) -> User:
    """Somebody, for who may manage. Raises Problem 403, 404."""
    scope.require_manager()
    user = scope.view.users.get(id)
    if user is None:
        raise not_found("user")
    return user


def issued(context: Context, scope: Scope, user: User, host: str) -> Document:
    """What a page registers with, and where; the device is made when there is none. `host` is how the page finds this node.

    Raises Problem 409 while this node has no WebSocket; `Refused` and `Unknown` of the log.
    """
    urls = addresses(context, host)
    if not urls:
        detail = "This node speaks no SIP over WebSocket: its settings sip_ws_port and sip_wss_port are empty."
        raise Problem(409, "no_websocket", detail)
    account = account_of(context, scope, user, _id(user), host, "browser phone")
    return {"urls": urls, **account, "ice_servers": ice.servers(context, _id(user))}


def account_of(context: Context, scope: Scope, user: User, id: str, host: str, what: str) -> Document:
    """The SIP account of a device of somebody, which is made when there is none. Raises `Refused`, `Unknown`."""
    device = scope.view.devices.get(id) or _made(context, scope, user, id, what)
    return {
        "domain": host,
        "device": device.id,
        "username": device.username,
        "realm": device.realm,
        "ha1": context.sealer.open(device.ha1_md5),
        "name": user.name,
        "extension": user.extension,
    }


def addresses(context: Context, host: str) -> Document:
    """Where a page finds SIP: "ws" and "wss", as far as they are on."""
    settings = context.settings
    ports = (("ws", settings.ws_port), ("wss", settings.wss_port))
    return {scheme: f"{scheme}://{host}:{port}/" for scheme, port in ports if port is not None}


def revoke(context: Context, scope: Scope, user: User) -> None:
    """No page may ring for somebody any more, nor is any woken, until they ask again. Raises `Refused`, `Unknown`."""
    shelves = context.history.shelves
    shelves.write([Drop(SUBSCRIPTIONS, scope.tenant, one.id) for one in of_user(shelves, scope.tenant, user.id)])
    if _id(user) in scope.view.devices:
        change = Change("device", _id(user), None)
        context.config.transact(scope.tenant, [change], scope.identity.actor, f"browser phone of {user.id} signed out")


def _id(user: User) -> str:
    return f"{user.id[:USER_CHARS_MAX]}-browser"


def _made(context: Context, scope: Scope, user: User, id: str, what: str) -> Device:
    username, realm = f"web-{secrets.token_hex(8)}", "softswitch"
    document = {
        "id": id,
        "user": user.id,
        "username": username,
        "realm": realm,
        **sealed_ha1(context.sealer, username, realm, secrets.token_urlsafe(18)),
    }
    change = Change("device", document["id"], validated("device", document))
    context.config.transact(scope.tenant, [change], scope.identity.actor, f"{what} of {user.id} made")
    return Device.model_validate(change.document)
