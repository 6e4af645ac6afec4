"""The signature of Standard Webhooks 1.0: HMAC-SHA256 over id, time and body, in base64, with a version before it."""

from __future__ import annotations

import base64
import hmac
import secrets

PREFIX = "whsec_"


def new_secret() -> str:
    """A secret of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def key_of(secret: str) -> bytes:
    """The key of a secret: "whsec_" and base64, or any other text as it is."""
    if secret.startswith(PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except ValueError:
            return secret.encode()
    return secret.encode()


def signature(secret: str, id: str, at: int, body: str) -> str:
    """The value of `webhook-signature` for one secret; during a rotation there are two with a space between."""
    digest = hmac.digest(key_of(secret), f"{id}.{at}.{body}".encode(), "sha256")
    return f"v1,{base64.b64encode(digest).decode()}"
