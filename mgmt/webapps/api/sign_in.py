"""API: what I sign in with, where I am signed in, confirming that it is me."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt.access.auth import Identity
from mgmt.http import door
from mgmt.http.body import json_object, known_fields, object_field, text_field
from mgmt.http.described import OBJECT, TEXT, described, fields, page_of, text
from mgmt.http.wire import outward
from mgmt.limits import code_chars_max, passkey_name_chars_max, password_chars_max
from mgmt.usecases import account, factors, passkeys, sessions
from mgmt.usecases.mobile import tokens

blueprint = Blueprint("sign_in", __name__)
CODES = fields({"recovery_codes": {"type": "array", "items": TEXT}})


def _fresh() -> Identity:
    """Who asks, having proved not long ago that it is them. Raises Problem 403."""
    account.require_fresh(door.context(), door.identity())
    return door.identity()


@blueprint.get("/me/factors")
@described(answer=OBJECT)
def shown() -> dict[str, Any]:
    """Password, app, recovery codes left, passkeys, single sign-on; never the secrets."""
    return factors.shown(door.context(), door.identity())


@blueprint.post("/me/confirm")
@described(body=fields({}, password=text(password_chars_max), code=text(code_chars_max)), statuses=(204,))
def confirm() -> tuple[str, int]:
    """Confirm that it is still you, with the `password` or a `code`: what is dear asks for it after 15 minutes."""
    body = json_object(request)
    known_fields(body, "password", "code")
    password, code = (
        text_field(body, "password", password_chars_max, False),
        text_field(body, "code", code_chars_max, False),
    )
    account.confirm(door.context(), door.identity(), password, code, door.client())
    return "", 204


@blueprint.post("/me/totp")
@described(answer=OBJECT)
def begin_totp() -> dict[str, Any]:
    """Begin with codes of an app: secret, `otpauth:` address, QR picture. PUT a code to put it in force."""
    door.keep_secret()
    return factors.begin_totp(door.context(), _fresh())


@blueprint.put("/me/totp")
@described(body=fields({"code": text(code_chars_max)}), answer=CODES)
def keep_totp() -> dict[str, Any]:
    """Put the app in force with a code of it; the recovery codes, when they are new, are shown this once."""
    body = json_object(request)
    known_fields(body, "code")
    door.keep_secret()
    code = text_field(body, "code", code_chars_max) or ""
    return {"recovery_codes": factors.keep_totp(door.context(), _fresh(), code)}


@blueprint.delete("/me/totp")
@described(statuses=(204,))
def drop_totp() -> tuple[str, int]:
    """The app no longer counts."""
    factors.drop_totp(door.context(), _fresh())
    return "", 204


@blueprint.post("/me/recovery-codes")
@described(answer=CODES)
def new_codes() -> dict[str, Any]:
    """Ten new recovery codes, shown this once; the old ones no longer work."""
    door.keep_secret()
    return {"recovery_codes": factors.new_codes(door.context(), _fresh())}


@blueprint.post("/me/passkeys/options")
@described(answer=OBJECT)
def begin_passkey() -> dict[str, Any]:
    """What the browser needs to make a passkey of this site."""
    return passkeys.begin(door.context(), _fresh(), door.site())


@blueprint.post("/me/passkeys")
@described(body=fields({"name": text(passkey_name_chars_max), "credential": OBJECT}), answer=CODES, statuses=(201,))
def keep_passkey() -> tuple[dict[str, Any], int]:
    """Keep the passkey that the browser made."""
    body = json_object(request)
    known_fields(body, "name", "credential")
    name, answer = text_field(body, "name", passkey_name_chars_max) or "", object_field(body, "credential")
    door.keep_secret()
    codes = passkeys.keep(door.context(), _fresh(), name, answer, door.site(), door.own_origin())
    return {"recovery_codes": codes}, 201


@blueprint.delete("/me/passkeys/<id>")
@described(statuses=(204,))
def drop_passkey(id: str) -> tuple[str, int]:
    """A passkey no longer counts."""
    passkeys.drop(door.context(), _fresh(), id)
    return "", 204


@blueprint.get("/me/sessions")
@described(answer=page_of(OBJECT))
def listed() -> dict[str, Any]:
    """Where I am signed in, the one seen last first."""
    return outward({"data": sessions.listed(door.context(), door.identity()), "next_cursor": None})


@blueprint.delete("/me/sessions/<id>")
@described(statuses=(204,))
def end(id: str) -> tuple[str, int]:
    """Sign out somewhere; `others` is everywhere but here."""
    sessions.end(door.context(), door.identity(), id)
    return "", 204


@blueprint.get("/me/apps")
@described(answer=page_of(OBJECT))
def apps() -> dict[str, Any]:
    """The apps on telephones that I signed in, the one used last first."""
    return outward({"data": tokens.listed(door.context(), door.identity()), "next_cursor": None})


@blueprint.delete("/me/apps/<id>")
@described(statuses=(204,))
def end_app(id: str) -> tuple[str, int]:
    """Sign an app out; its telephone is no more."""
    tokens.end(door.context(), door.identity(), id)
    return "", 204
