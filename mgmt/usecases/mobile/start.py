"""What an app needs at the beginning: its own telephone and where it registers, how it is woken, what its company has."""

from __future__ import annotations

from typing import Any

from configdb.push import PushService
from history.app import App
from mgmt.access.auth import Identity
from mgmt.access.rights import RIGHTS, Access
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import Problem
from mgmt.http.wire import stamp
from mgmt.usecases import browser_phone, ice
from mgmt.usecases.mobile import wakes

Document = dict[str, Any]


def app_of(who: Identity) -> App:
    """The app that asks. Raises Problem 403 for everybody else."""
    if who.app is None:
        raise Problem(403, "apps_only", "This is for apps that somebody signed in: see docs/apps/mobile.md.")
    return who.app


def bootstrap(context: Context, who: Identity, scope: Scope, host: str) -> Document:
    """Everything in one answer; the telephone is made at the first. Raises Problem 403; `Refused` and `Unknown` of the log."""
    app, user = app_of(who), browser_phone.mine(who, scope)
    account = browser_phone.account_of(context, scope, user, app.id, host, "app telephone")
    tenant, services = scope.view.tenant, wakes.services(context)
    return {
        "app": {"id": app.id, "name": app.name, "platform": app.platform},
        "user": {"id": user.id, "name": user.name, "email": user.email, "extension": user.extension, "role": user.role},
        "tenant": {
            "id": tenant.id,
            "name": tenant.name,
            "timezone": tenant.timezone,
            "language": tenant.language,
            "country": tenant.country,
        },
        "sip": {**account, "transports": _transports(context, host)},
        "ice_servers": ice.servers(context, app.id),
        "ice_until": stamp(until) if (until := ice.until(context)) is not None else None,
        "push": {
            "providers": sorted({one.provider for one in services}),
            "topics": [_topic(one) for one in services if one.provider != "webpush"],
            "contact": wakes.contact(app.push, services) if app.push is not None else None,
        },
        "features": _features(who, scope),
        "retention_days": dict(tenant.retention_days),
    }


def _transports(context: Context, host: str) -> list[Document]:
    """Where SIP is, the best first."""
    settings = context.settings
    ports = (
        ("tls", settings.tls_port),
        ("wss", settings.wss_port),
        ("tcp", settings.sip_port),
        ("udp", settings.sip_port),
        ("ws", settings.ws_port),
    )
    return [{"transport": name, "host": host, "port": port} for name, port in ports if port is not None]


def _topic(service: PushService) -> Document:
    return {"provider": service.provider, "app": service.app, "param": wakes.param(service)}


def _features(who: Identity, scope: Scope) -> Document:
    """What this person may do with the app: by parts of the table of rights, and whether texts can be sent."""
    column = who.column(None)
    can = {
        part: column is not None and row[column] >= Access.CHANGE
        for part, row in RIGHTS.items()
        if who.may_use(part, "POST")
    }
    return {**can, "texting": any(number.texting is not None for number in scope.view.numbers.values())}
