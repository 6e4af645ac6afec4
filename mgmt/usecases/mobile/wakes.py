"""The names by which push services know an app, and what it writes into its SIP contact so that a call wakes it (RFC 8599)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from configdb.push import PushService
from history.app import App
from mgmt.context import Context
from mgmt.http.errors import FieldError, Problem
from mgmt.push.notes import is_token

Document = dict[str, Any]
PROVIDERS = {"ios": "apns", "android": "fcm"}


def services(context: Context) -> list[PushService]:
    """The operator's accounts at push services, in order."""
    found = context.config.directory.system.get("push", {})
    return [one for _, one in sorted(found.items()) if isinstance(one, PushService)]


def param(service: PushService) -> str:
    """The pn-param of apps of an account: TEAM.BUNDLE.voip at Apple, the project at Google."""
    return f"{service.account}.{service.app}.voip" if service.provider == "apns" else service.app


def contact(push: Document, known: list[PushService]) -> Document | None:
    """The `pn-...` parameters of a contact's URI; None: no account is for this app."""
    service = service_for(push, known)
    if service is None:
        return None
    name = push["voip_token"] if push["platform"] == "ios" else push["token"]
    return {"pn-provider": service.provider, "pn-prid": name, "pn-param": param(service)}


def named(context: Context, app: App, push: Document) -> Document:
    """Keep the names; what goes into the contact. Raises Problem 401 (signed out), 409 (no account), 422.

    push: `{platform, token, voip_token, bundle, locale}`.
    """
    name = "voip_token" if push["platform"] == "ios" else "token"
    if not is_token(PROVIDERS[push["platform"]], push[name] or ""):
        field = "voipToken" if name == "voip_token" else name
        detail = f"is no token of {PROVIDERS[push['platform']]}"
        raise Problem(422, "invalid_field", f"{field} {detail}.", (FieldError(f"/{field}", detail),))
    found = contact(push, services(context))
    if found is None:
        detail = "The operator has no account at the push service of this app, so nothing can wake it."
        raise Problem(409, "no_push_account", detail)
    if context.apps.change(app, lambda now: replace(now, push=push)) is None:
        raise Problem(401, "not_signed_in", "This app was signed out meanwhile.")
    return found


def forgotten(context: Context, app: App) -> None:
    """Nothing wakes it any more."""
    context.apps.change(app, lambda now: replace(now, push=None))


def service_for(push: Document, known: list[PushService]) -> PushService | None:
    """The account for this bundle; at Google a project is for several apps, so the only one there will do."""
    mine = [one for one in known if one.provider == PROVIDERS[push["platform"]]]
    exact = [one for one in mine if push["bundle"] and one.app == push["bundle"]]
    if exact:
        return exact[0]
    return mine[0] if push["platform"] == "android" and len(mine) == 1 else None
