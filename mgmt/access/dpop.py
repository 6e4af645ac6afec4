"""DPoP (RFC 9449): an app proves its key whenever it asks for tokens, so its refresh token is worth nothing elsewhere.

A proof is a JWT that the app signs with its key, and whose header has the public half; the thumbprint of that (RFC 7638) is what
an app is bound to. Access tokens stay bearer tokens, which section 5 leaves to us: they hold for an hour.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry

from mgmt.limits import dpop_age_s_max, dpop_chars_max

ALGORITHMS = ("ES256", "ES384")
"""What keys of telephones sign with, which never leave their chips."""
PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class NotProved(Exception):
    """Theirs: no proof in the sense of RFC 9449 4.3."""


def thumbprint(
    proof: str, method: str, url: str, now: float, first: Callable[[str, float], bool], age_s: float = dpop_age_s_max
) -> str:
    """The thumbprint of the key that a proof is signed with.

    `first` says whether a name is seen for the first time within so many seconds: a proof is good for once. Raises `NotProved`.
    """
    header = _header(proof)
    jwk = header.get("jwk")
    if header.get("typ") != "dpop+jwt" or not isinstance(jwk, dict) or PRIVATE & set(jwk):
        raise NotProved("its header wants typ dpop+jwt and the public key as jwk")
    try:
        key = JWKRegistry.import_key(jwk)
        claims = dict(jwt.decode(proof, key, algorithms=list(ALGORITHMS)).claims)
        name = str(key.thumbprint())
    except (JoseError, ValueError, KeyError, TypeError, RecursionError) as wrong:
        raise NotProved("it is not signed with the key in its header") from wrong
    if claims.get("htm") != method or not _same(claims.get("htu"), url):
        raise NotProved("it is for another request: htm and htu are the method and the address")
    made, id = claims.get("iat"), claims.get("jti")
    if not isinstance(made, int | float) or isinstance(made, bool) or abs(now - made) > age_s:
        raise NotProved("iat is not now")
    if not isinstance(id, str) or not 8 <= len(id) <= 100 or not first(f"dpop {name} {id}", 2 * age_s):
        raise NotProved("jti was used before")
    return name


def _header(proof: str) -> dict[str, Any]:
    if len(proof) > dpop_chars_max or not proof.isascii() or proof.count(".") != 2:
        raise NotProved("it is no JWT")
    text = proof.partition(".")[0]
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError) as wrong:
        raise NotProved("it is no JWT") from wrong
    if not isinstance(found, dict):
        raise NotProved("it is no JWT")
    return found


def _same(given: object, url: str) -> bool:
    """Whether an address is that of the request, without query and fragment (RFC 9449 4.3, 9; RFC 3986 6.2)."""
    if not isinstance(given, str):
        return False
    try:
        here, there = urlsplit(url), urlsplit(given)
        ports = {"https": 443, "http": 80}
        return (
            here.scheme == there.scheme
            and here.hostname == there.hostname
            and (here.port or ports.get(here.scheme)) == (there.port or ports.get(there.scheme))
            and here.path == there.path
        )
    except ValueError:
        return False
