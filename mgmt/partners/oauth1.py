"""OAuth 1.0a with HMAC-SHA1 and no token (RFC 5849): requests of a hoster's controller, and ours to it. Pure.

A body that is no form is covered by `oauth_body_hash` where the other side sends one, and then it has to fit.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from mgmt.limits import oauth_skew_s_max
from mgmt.partners.signatures import Forged, is_recent, same

FORM = "application/x-www-form-urlencoded"
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Said:
    """Who asked, and the nonce that must not come again within the window."""

    consumer: str
    nonce: str


def checked(
    method: str, url: str, authorization: str, kind: str, body: bytes, consumer: str, secret: str, now: float
) -> Said:
    """The signature holds for this request at this time. Raises `Forged`."""
    given = _parsed(authorization)
    said = {name: value for name, value in given if name != "realm"}
    if len(said) != len([name for name, _ in given if name != "realm"]):
        raise Forged("it says something twice")
    if said.get("oauth_signature_method") != "HMAC-SHA1" or said.get("oauth_version", "1.0") != "1.0":
        raise Forged("it is not signed by HMAC-SHA1")
    if not secret or not same(said.get("oauth_consumer_key", ""), consumer):
        raise Forged("nobody is agreed with under this key")
    covered = [pair for pair in given if pair[0] not in ("realm", "oauth_signature")]
    wanted = signature(method, url, [*covered, *_form(kind, body)], secret)
    if not same(said.get("oauth_signature", ""), wanted):
        raise Forged("the signature does not fit")
    if "oauth_body_hash" in said and not same(said["oauth_body_hash"], body_hash(body)):
        raise Forged("the body is another one")
    if (
        not is_recent(said.get("oauth_timestamp", ""), oauth_skew_s_max, now)
        or not 0 < len(said.get("oauth_nonce", "")) <= 128
    ):
        raise Forged("it is too old, or can be used again")
    return Said(consumer, f"{said['oauth_timestamp']} {said['oauth_nonce']}")


def signature(method: str, url: str, parameters: Pairs, secret: str) -> str:
    """RFC 5849 3.4: HMAC-SHA1 over the base string, in base64."""
    parts = urlsplit(url)
    port = "" if parts.port in (None, {"http": 80, "https": 443}.get(parts.scheme)) else f":{parts.port}"
    base = f"{parts.scheme.lower()}://{(parts.hostname or '').lower()}{port}{parts.path or '/'}"
    query = parse_qsl(parts.query, keep_blank_values=True)
    pairs = sorted((_escaped(name), _escaped(value)) for name, value in [*parameters, *query])
    normal = "&".join(f"{name}={value}" for name, value in pairs)
    text = "&".join(_escaped(part) for part in (method.upper(), base, normal))
    return base64.b64encode(hmac.digest(f"{_escaped(secret)}&".encode(), text.encode(), "sha1")).decode()


def header(method: str, url: str, body: bytes | None, consumer: str, secret: str, now: float, nonce: str) -> str:
    """The Authorization header of a request of ours."""
    said = {
        "oauth_consumer_key": consumer,
        "oauth_nonce": nonce,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(int(now)),
        "oauth_version": "1.0",
    }
    if body is not None:
        said["oauth_body_hash"] = body_hash(body)
    said["oauth_signature"] = signature(method, url, list(said.items()), secret)
    return "OAuth " + ", ".join(f'{name}="{_escaped(value)}"' for name, value in said.items())


def body_hash(body: bytes) -> str:
    """Of the extension Request Body Hash: SHA-1 in base64."""
    return base64.b64encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()


def _parsed(authorization: str) -> list[tuple[str, str]]:
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() != "oauth" or len(rest) > 4_000:
        raise Forged("it is not signed")
    found = []
    for part in rest.split(","):
        name, equals, value = part.strip().partition("=")
        if not equals or len(value) < 2 or value[0] != '"' or value[-1] != '"':
            raise Forged("it is not signed")
        found.append((unquote(name), unquote(value[1:-1])))
    return found


def _form(kind: str, body: bytes) -> list[tuple[str, str]]:
    is_form = kind.partition(";")[0].strip().lower() == FORM
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True) if is_form else []


def _escaped(text: str) -> str:
    """RFC 5849 3.6."""
    return quote(text, safe="-._~")
