"""Push services by which sleeping phones are woken (RFC 8599): the operator's accounts there."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from configdb.value import Id, Value


class PushService(Value):
    """One account; `provider` is the pn-provider of phones that it is for.

    apns: `account` is the team, `app` the bundle, `key_id` and `key` the signing key (ES256, PKCS#8 PEM).
    fcm: `account` is the service account's address, `app` the project, `key` its private key (RSA, PEM).
    webpush: `account` is a contact as a URI (mailto:), `key` the server's (P-256, PEM; RFC 8292), made here when none is given.
    url: where it is, when that is another place than usual (Apple's sandbox).  key: sealed with the node key.
    """

    id: Id
    provider: Literal["apns", "fcm", "webpush"]
    account: str = Field(min_length=1, max_length=254, pattern=r"^[!-~]+$")
    app: str = Field(default="", max_length=200, pattern=r"^[A-Za-z0-9._-]*$")
    key_id: str = Field(default="", max_length=40, pattern=r"^[A-Za-z0-9]*$")
    key: str | None = Field(default=None, max_length=20_000)
    url: str | None = Field(default=None, pattern=r"^https://[!-~]{1,300}$")
