"""Who said it, and when: HMAC (RFC 2104) over a query or a body, JSON Web Tokens (RFC 7519). Pure.

Every comparison takes the same time whatever is wrong; every signature is over what came, byte by byte.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey, RSAKey

from mgmt.limits import partner_skew_s_max, partner_token_chars_max


class Forged(Exception):
    """Theirs: the signature is not the partner's, or too old; the text is for the log and for people."""


def hex_hmac(secret: str, said: bytes) -> str:
    """HMAC-SHA256 in hex."""
    return hmac.digest(secret.encode(), said, "sha256").hex()


def base64_hmac(secret: str, said: bytes) -> str:
    """HMAC-SHA256 in base64."""
    return base64.b64encode(hmac.digest(secret.encode(), said, "sha256")).decode()


def same(one: str, other: str) -> bool:
    """Whether two signatures are one, in constant time."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def sorted_query(given: Sequence[tuple[str, str]], without: str) -> bytes:
    """The arguments in order of their names, form-encoded, without the signature."""
    return urlencode(sorted(pair for pair in given if pair[0] != without)).encode()


def is_recent(at: object, age_s_max: float, now: float) -> bool:
    """Whether a moment in epoch seconds, as text or number, is neither too old nor to come."""
    try:
        seconds = float(str(at)) if len(str(at)) < 20 else float("nan")
    except ValueError:
        return False
    return now - age_s_max <= seconds <= now + partner_skew_s_max


def unpadded(text: str) -> bytes:
    """base64url without padding (RFC 7515 2). Raises `Forged`."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as wrong:
        raise Forged("it is not base64url") from wrong


def json_object(data: bytes | str) -> dict[str, Any]:
    """A JSON object of a partner. Raises `Forged`."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as wrong:
        raise Forged("it is not JSON") from wrong
    if not isinstance(found, dict):
        raise Forged("it is not a JSON object")
    return found


def claims(token: str, key: str, algorithm: str, now: float) -> Mapping[str, Any]:
    """The claims of a token: signed by RS256 with a public key (PEM), or HS256 with a secret; neither over nor to come.

    Raises `Forged`. Which algorithm is the partner's is ours to say, never the token's (RFC 8725 3.1).
    """
    if not key:
        raise Forged("there is no key to check it with")
    try:
        if len(token) > partner_token_chars_max or not token.isascii():
            raise Forged("it is no token")
        known = RSAKey.import_key(key) if algorithm == "RS256" else OctKey.import_key(key)
        found = dict(jwt.decode(token, known, algorithms=[algorithm]).claims)
    except (JoseError, ValueError, KeyError, TypeError, RecursionError) as wrong:
        raise Forged("it is not signed with the partner's key") from wrong
    end, begin = found.get("exp", now), found.get("nbf", now)
    if (
        not _is_number(end)
        or not _is_number(begin)
        or end <= now - partner_skew_s_max
        or begin >= now + partner_skew_s_max
    ):
        raise Forged("it is over, or not yet to be used")
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
