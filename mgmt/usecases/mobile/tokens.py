"""A person signs an app on their telephone in, the app goes on with the next tokens, and is signed out (RFC 6749, 7009)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from configdb.log import Change
from configdb.model import User
from configdb.snapshot import TenantView
from history.app import App
from mgmt.access import dpop
from mgmt.access.apps import Grant, Reused, proof_of
from mgmt.access.auth import Identity
from mgmt.access.once import Once
from mgmt.access.sessions import Client
from mgmt.access.ways_in import credentials_of, has_second_factor
from mgmt.context import Context
from mgmt.http.errors import Problem, not_found
from mgmt.limits import (
    app_device_chars_max,
    app_name_chars_max,
    app_token_s_max,
    code_chars_max,
    email_chars_max,
    password_chars_max,
    tenant_chars_max,
)
from mgmt.usecases import account, audit, factors
from mgmt.usecases.mobile import codes

Document = dict[str, Any]
Given = Mapping[str, str]
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
PLATFORMS = ("ios", "android", "other")
_device = re.compile(rf"[A-Za-z0-9._:-]{{8,{app_device_chars_max}}}")


class Invalid(Exception):
    """Theirs: an OAuth error, by its code, with words for the one who writes the app."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.code, self.text = code, text


@dataclass(frozen=True, slots=True)
class Phone:
    """What an app says of itself: `device` is a name that it made once and keeps."""

    device: str
    name: str
    platform: str

    @classmethod
    def read(cls, given: Given) -> Phone:
        """From a form. Raises `Invalid`."""
        device, platform = given.get("device", ""), given.get("platform", "other")
        if not _device.fullmatch(device) or platform not in PLATFORMS:
            raise Invalid(
                "invalid_request", "device must be a name of 8 to 64 letters and digits, platform ios or android."
            )
        name = "".join(c for c in given.get("device_name", "") if c.isprintable()).strip()[:app_name_chars_max]
        return cls(device, name or platform, platform)


def granted(context: Context, given: Given, client: Client, key: str | None = None) -> Document:
    """Tokens for what an app brings; `key` is what it has proved (`proved`). Raises `Invalid`; Problem 429."""
    match given.get("grant_type"):
        case "password":
            return _of_password(context, given, client, key)
        case "refresh_token":
            return _refreshed(context, given, client, key)
        case grant if grant == DEVICE_CODE:
            return _of_code(context, given, client, key)
    raise Invalid("unsupported_grant_type", f"There are password, refresh_token and {DEVICE_CODE}.")


def proved(context: Context, proof: str | None, method: str, url: str) -> str | None:
    """The thumbprint of the key of a DPoP proof (RFC 9449); None where there is no proof. Raises `Invalid`."""
    if proof is None:
        return None
    try:
        return dpop.thumbprint(proof, method, url, context.clock(), Once(context.database, context.clock).first)
    except dpop.NotProved as wrong:
        raise Invalid("invalid_dpop_proof", f"The DPoP proof is not taken: {wrong}.") from wrong


def _of_password(context: Context, given: Given, client: Client, key: str | None) -> Document:
    phone, code = Phone.read(given), given.get("otp", "")[:code_chars_max]
    email, password = given.get("username", "")[:email_chars_max], given.get("password", "")[: password_chars_max + 1]
    try:
        tenant = given.get("tenant", "")[:tenant_chars_max] or None
        view, user = account.known_by_password(context, email, password, tenant, client)
        way = "password"
        if has_second_factor(credentials_of(view, user.id)):
            if not code:
                raise Invalid(
                    "otp_required", "Send the same with a code of the person's app, or a recovery code, as otp."
                )
            factors.require_code(context, view, user, code, client)
            way = "second_factor"
    except Problem as problem:
        if problem.status != 401:
            raise
        raise Invalid("invalid_grant", problem.detail) from problem
    return _answer(opened(context, view, user, phone, way, client, key))


def _of_code(context: Context, given: Given, client: Client, key: str | None) -> Document:
    try:
        tenant, user_id, way, phone = codes.taken(context, given.get("device_code", ""), given.get("device", ""))
    except codes.NotYet as why:
        raise Invalid(str(why), "See RFC 8628 3.5.") from why
    view = context.config.directory.tenants.get(tenant)
    user = view.users.get(user_id) if view is not None else None
    if view is None or user is None or user.disabled:
        raise Invalid("access_denied", "This person has no account any more.")
    return _answer(opened(context, view, user, Phone(**phone), way, client, key))


def opened(
    context: Context, view: TenantView, user: User, phone: Phone, way: str, client: Client, key: str | None = None
) -> Grant:
    """A new sign-in; what the person had on that device before is signed out, and what is more than there may be."""
    apps, now, tenant = context.apps, context.clock(), view.tenant.id
    for old in apps.replaced(tenant, user.id, phone.device):
        ended(context, old, f"{tenant}/{user.id}", "app.replaced")
    app = App(
        apps.new_id(),
        tenant,
        user.id,
        phone.device,
        phone.name,
        phone.platform,
        now,
        now,
        way=way,
        proof=proof_of(user),
        address=client.address,
        key=key,
    )
    audit.note(
        context, tenant, f"{tenant}/{user.id}", "app.signed_in", app.id, client.address, way=way, name=phone.name
    )
    return apps.opened(app)


def _refreshed(context: Context, given: Given, client: Client, key: str | None) -> Document:
    bound = context.apps.named(given.get("refresh_token", ""))
    if bound is not None and bound.key is not None and bound.key != key:
        raise Invalid("invalid_dpop_proof", "This app has to prove that it has the key that it signed in with.")
    try:
        grant = context.apps.refreshed(given.get("refresh_token", ""), given.get("device", ""))
    except Reused as copied:
        app = copied.app
        ended(context, app, f"{app.tenant}/{app.user}", "app.copied", client.address)
        raise Invalid("invalid_grant", "This token was used before: somebody has a copy. Sign in anew.") from copied
    if grant is None or not context.door.admits(grant.app):
        raise Invalid("invalid_grant", "This app is not signed in any more.")
    return _answer(grant)


def signed_out(context: Context, token: str, client: Client) -> None:
    """The app of a token is signed out; a token that is worth nothing is no error (RFC 7009 2.2)."""
    app = context.apps.named(token)
    if app is not None:
        ended(context, app, f"{app.tenant}/{app.user}", "app.signed_out", client.address)


def ended(context: Context, app: App, actor: str, action: str, address: str = "") -> None:
    """An app and its telephone are no more."""
    context.apps.close(app)
    view = context.config.directory.tenants.get(app.tenant)
    if view is not None and app.id in view.devices:
        context.config.transact(app.tenant, [Change("device", app.id, None)], actor, f"app {app.name} signed out")
    audit.note(context, app.tenant, actor, action, app.id, address, name=app.name)


def listed(context: Context, who: Identity) -> list[Document]:
    """The apps of who asks. Raises Problem 409 for programs."""
    view, user = factors.own(context, who)
    return [
        {
            "id": app.id,
            "name": app.name,
            "platform": app.platform,
            "way": app.way,
            "address": app.address,
            "wakes": app.push is not None,
            "created_at": app.created_at,
            "seen_at": app.seen_at,
        }
        for app in context.apps.of_user(view.tenant.id, user.id)
        if app.proof == proof_of(user)
    ]


def end(context: Context, who: Identity, id: str) -> None:
    """Sign one of them out. Raises Problem 404, 409."""
    view, user = factors.own(context, who)
    app = context.apps.get(view.tenant.id, id)
    if app is None or app.user != user.id:
        raise not_found("app")
    ended(context, app, who.actor, "app.signed_out")


def _answer(grant: Grant) -> Document:
    return {
        "access_token": grant.access,
        "refresh_token": grant.refresh,
        "token_type": "Bearer",
        "expires_in": int(app_token_s_max),
    }
