"""Mobile API: how an app comes in, goes on with the next tokens, and is signed out (RFC 6749, 7009, 8628)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt.http import door
from mgmt.http.body import json_object
from mgmt.http.described import ANY, OBJECT, TEXT, described, fields, one_of
from mgmt.limits import token_chars_max
from mgmt.usecases.mobile import codes, tokens

blueprint = Blueprint("mobile_token", __name__)
PHONE = {"device": TEXT, "device_name": TEXT, "platform": one_of(*tokens.PLATFORMS)}
REFUSAL = {
    "type": "object",
    "description": "RFC 6749 5.2.",
    "properties": {"error": TEXT, "error_description": TEXT},
    "required": ["error"],
}
GRANT = fields(
    {"grant_type": one_of("password", "refresh_token", tokens.DEVICE_CODE), "device": TEXT},
    **dict.fromkeys(("username", "password", "otp", "tenant", "refresh_token", "device_code", "device_name"), TEXT),
    platform=one_of(*tokens.PLATFORMS),
)


@blueprint.post("/token")
@described(body=GRANT, answer=OBJECT, refusal=REFUSAL)
def token() -> tuple[dict[str, Any], int]:
    """Tokens for a password (and a code), for the last refresh token, or for a device code; a form or JSON.

    With a `DPoP` proof (RFC 9449) the refresh tokens are bound to its key.
    """
    door.keep_secret()
    try:
        key = tokens.proved(door.context(), request.headers.get("DPoP"), request.method, door.base() + request.path)
        return tokens.granted(door.context(), _given(), door.client(), key), 200
    except tokens.Invalid as wrong:
        return _error(wrong)


@blueprint.post("/device_authorization")
@described(body=fields(PHONE), answer=OBJECT, refusal=REFUSAL)
def device_authorization() -> tuple[dict[str, Any], int]:
    """Codes for an app whose person is signed in at another screen (RFC 8628 3.1)."""
    door.keep_secret()
    try:
        return codes.asked(door.context(), tokens.Phone.read(_given()), door.base(), door.client()), 200
    except tokens.Invalid as wrong:
        return _error(wrong)


@blueprint.post("/revoke")
@described(body=fields({"token": TEXT}), answer=ANY)
def revoke() -> tuple[dict[str, Any], int]:
    """Sign the app of a token out (RFC 7009); its telephone is no more."""
    tokens.signed_out(door.context(), _given().get("token", "")[: token_chars_max + 1], door.client())
    return {}, 200


def _given() -> dict[str, str]:
    if request.mimetype != "application/json":
        return dict(request.form.items())
    return {name: text for name, text in json_object(request).items() if isinstance(text, str)}


def _error(wrong: tokens.Invalid) -> tuple[dict[str, Any], int]:
    return {"error": wrong.code, "error_description": wrong.text}, 400
