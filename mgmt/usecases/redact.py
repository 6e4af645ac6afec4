"""What never leaves the node, and how secrets come in (ASVS 8.2.3, 13.3.1).

Going out, `password_hash`, the HA1 values and trunk passwords are left out. Coming in, a document that was read without
them keeps them; a device gets new ones from a password that is given (16 characters or more) or made here and shown once,
and a program's key, and a webhook's secret that nobody gave, is made here and shown once. The key with which pages are
pushed to is made here when nobody gives one; nobody has to see it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

from configdb.pins import PIN_RULE, is_pin
from configdb.secrets import HA1_FIELDS, SECRET_FIELDS, Sealer, sealed_ha1
from configdb.signatures import new_secret
from mgmt.access import api_keys
from mgmt.http.errors import FieldError, Problem
from mgmt.push.tokens import page_key

device_password_chars_min = 16
device_password_chars_max = 128
Document = dict[str, Any]

GIVEN_PLAIN: Mapping[str, tuple[str, ...]] = {
    "push": ("key",),
    "tracking": ("token",),
    "trunk": ("password",),
    "webhook": ("secret",),
    "sso": ("client_secret",),
    "supplier": ("password",),
    "mailbox": ("pin",),
    "billing": ("api_key", "hook_secret", "hook_password"),
    "store_front": ("secret",),
    "sink": ("token",),
}
"""Secrets that others chose: they come in plain and are sealed here."""


def redacted(kind: str, document: Mapping[str, Any]) -> Document:
    """The document without its secret fields."""
    secret = SECRET_FIELDS.get(kind, ())
    return {name: value for name, value in document.items() if name not in secret}


def redacted_schema(kind: str, schema: Document) -> Document:
    """The schema of a kind as `redacted` and `completed` know it: secrets that are made here are not in it."""
    hidden = set(SECRET_FIELDS.get(kind, ())) - set(GIVEN_PLAIN.get(kind, ()))
    fields = {name: field for name, field in schema["properties"].items() if name not in hidden}
    if kind == "device":
        chars = {"minLength": device_password_chars_min, "maxLength": device_password_chars_max}
        fields["password"] = {"type": "string", "writeOnly": True, **chars}
    return {**schema, "properties": fields, "required": [name for name in schema.get("required", ()) if name in fields]}


def completed(kind: str, given: Document, before: Document | None, sealer: Sealer) -> tuple[Document, str | None]:
    """The document to commit with its secrets, and a password made here that must be shown once.

    Raises Problem 422 when a secret field is given in its stored form.
    """
    plain = GIVEN_PLAIN.get(kind, ())
    stored = set(SECRET_FIELDS.get(kind, ())) - set(plain)
    forbidden = sorted(stored & set(given))
    if forbidden:
        errors = tuple(FieldError(f"/{name}", "cannot be set", "secret_field") for name in forbidden)
        raise Problem(422, "secret_field", "Secret fields cannot be set in their stored form.", errors)
    if kind == "device":
        return _device(given, before, sealer)
    kept = {name: before[name] for name in SECRET_FIELDS.get(kind, ()) if before and before.get(name)}
    if kind == "api_key" and not kept:
        made = api_keys.made()
        return {**given, "key_sha256": hashlib.sha256(made.encode()).hexdigest()}, made
    if kind == "mailbox" and isinstance(given.get("pin"), str) and not is_pin(given["pin"]):
        raise Problem(422, "weak_pin", PIN_RULE, (FieldError("/pin", PIN_RULE),))
    sealed = {name: sealer.seal(given[name]) for name in plain if isinstance(given.get(name), str)}
    if sealed:
        return {**kept, **given, **sealed}, None
    if kind == "webhook" and not kept:
        made = new_secret()
        return {**given, "secret": sealer.seal(made)}, made
    if kind == "push" and given.get("provider") == "webpush" and not kept:
        return {**given, "key": sealer.seal(page_key())}, None
    return {**kept, **given}, None


def _device(given: Document, before: Document | None, sealer: Sealer) -> tuple[Document, str | None]:
    """RFC 7616 3.4.2: HA1 covers user name and realm, so changing either needs a new password."""
    document = {name: value for name, value in given.items() if name != "password"}
    same = before is not None and all(
        document.get(name, default) == before[name] for name, default in (("username", None), ("realm", "softswitch"))
    )
    if "password" not in given and before is not None and same:
        return {**document, **{name: before[name] for name in HA1_FIELDS if before.get(name)}}, None
    password = given.get("password")
    made = None if "password" in given else secrets.token_urlsafe(18)
    if made is None and not _fine(password):
        detail = f"must have {device_password_chars_min} to {device_password_chars_max} characters"
        raise Problem(422, "weak_password", f"A phone's password {detail}.", (FieldError("/password", detail),))
    user, realm = document.get("username"), document.get("realm", "softswitch")
    return {**document, **sealed_ha1(sealer, str(user), realm, str(made or password))}, made


def _fine(password: object) -> bool:
    return isinstance(password, str) and device_password_chars_min <= len(password) <= device_password_chars_max
