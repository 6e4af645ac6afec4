"""Time-based one-time passwords: 6 digits, 30 s, SHA-1, as every authenticator app has them (RFC 6238, RFC 4226)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from urllib.parse import quote, urlencode

step_s = 30
drift_steps_max = 1
_digits = 6


def new_secret() -> str:
    """160 random bits in base32 (RFC 4226 4, R6)."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code(secret: str, step: int) -> str:
    """The code of one step (RFC 4226 5.3)."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8), hashlib.sha1)
    place = digest[-1] & 0x0F
    number = int.from_bytes(digest[place : place + 4]) & 0x7FFFFFFF
    return f"{number % 10**_digits:0{_digits}d}"


def step_of(secret: str, given: str, now: float) -> int | None:
    """The step whose code was given, at most one away from now (RFC 6238 5.2); None: a wrong code."""
    text = given.replace(" ", "")
    if not (len(text) == _digits and text.isascii() and text.isdigit()):
        return None
    middle = int(now // step_s)
    steps = range(middle - drift_steps_max, middle + drift_steps_max + 1)
    return next((step for step in steps if step >= 0 and hmac.compare_digest(code(secret, step), text)), None)


def address(secret: str, issuer: str, account: str) -> str:
    """The `otpauth:` address that apps read from a QR code."""
    query = urlencode({"secret": secret, "issuer": issuer, "algorithm": "SHA1", "digits": _digits, "period": step_s})
    return f"otpauth://totp/{quote(f'{issuer}:{account}', safe='')}?{query}"
