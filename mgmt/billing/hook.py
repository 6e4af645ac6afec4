"""What Recurly tells us by webhook: who may, and about whom. Nothing of it is believed; the account is looked at again.

JSON is signed: `recurly-signature: <unix time>,<hex>[,<hex>]`, HMAC-SHA256 over "<time>.<body>"; while a key is
exchanged there are two digests. XML is not signed. Where a password is set, every message names it (HTTP Basic).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from mgmt.limits import hook_age_s_max, hook_digests_max

USER = "recurly"
_time = re.compile(r"[0-9]{9,14}")
_code = re.compile(rb"<account_code(?: [^<>]{0,40})?>([^<>]{1,100})</account_code>")
_word = re.compile(r"[A-Za-z0-9_.:@-]{1,100}")


class NotTheirs(Exception):
    """Theirs: it is not proved that Recurly sent it."""


class NotUnderstood(ValueError):
    """Theirs: it says of nobody."""


@dataclass(frozen=True, slots=True)
class Notice:
    """That something changed. key: the same for a message that comes twice. account: its code, when it is said.

    kind, id: the object, when the account is not said.
    """

    key: str
    account: str | None
    kind: str
    id: str


def proved(headers: Mapping[str, str], body: bytes, secret: str | None, password: str | None, now: float) -> None:
    """Raises `NotTheirs`. `headers` by their names in lower case."""
    if password is not None and not _basic(headers.get("authorization", ""), password):
        raise NotTheirs("the password is wrong")
    if is_xml(headers):
        if password is None:
            raise NotTheirs("XML is taken only with a password")
        return
    if secret is None:
        raise NotTheirs("no key is known to check it with")
    when, *digests = headers.get("recurly-signature", "").split(",")[: hook_digests_max + 1]
    if _time.fullmatch(when) is None or not digests:
        raise NotTheirs("the signature is missing")
    sent = float(when) / (1000.0 if len(when) > 11 else 1.0)  # milliseconds, or as older ones are: seconds
    if abs(now - sent) > hook_age_s_max:
        raise NotTheirs("the signature is too old")
    right = hmac.new(secret.encode(), when.encode() + b"." + body, hashlib.sha256).hexdigest()
    fits = [hmac.compare_digest(right.encode(), one.strip().encode()) for one in digests]
    if not any(fits):
        raise NotTheirs("the signature is wrong")


def is_xml(headers: Mapping[str, str]) -> bool:
    """Whether it is of the older kind."""
    return "xml" in headers.get("content-type", "")


def read(headers: Mapping[str, str], body: bytes) -> Notice:
    """Raises `NotUnderstood`."""
    key = hashlib.sha256(body).hexdigest()[:40]
    if is_xml(headers):
        found = _code.search(body)
        if found is None:
            raise NotUnderstood("no account_code")
        return Notice(key, _named(found[1].decode("utf-8", "replace")), "account", "")
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("not JSON") from error
    if not isinstance(given, dict):
        raise NotUnderstood("not an object")
    code, account = given.get("account_code"), given.get("account_id")
    kind, id = str(given.get("object_type", "")), str(given.get("object_id") or given.get("id") or "")
    if isinstance(code, str):
        return Notice(key, _named(code), "account", "")
    if isinstance(account, str):
        return Notice(key, None, "account", _named(account))
    if kind.endswith("invoice"):
        kind = "invoice"
    return Notice(key, None, kind, _named(id))


def _named(text: str) -> str:
    if _word.fullmatch(text) is None:
        raise NotUnderstood("not an id")
    return text


def _basic(header: str, password: str) -> bool:
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        given = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(given, f"{USER}:{password}".encode())
