"""Kinds of how people come in: what they sign in with beside a password, invitations, single sign-on of their company."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from configdb.value import Id, Value

PASSKEYS_MAX = 20
RECOVERY_CODES_MAX = 10
Base64Url = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Passkey(Value):
    """One authenticator (W3C WebAuthn 3, 4): the credential's id and its public key (COSE), both base64url."""

    id: Annotated[Base64Url, Field(max_length=1400)]
    public_key: Annotated[Base64Url, Field(max_length=2000)]
    name: str = Field(min_length=1, max_length=60)
    added_at: AwareDatetime
    site: str = Field(min_length=1, max_length=253)


class Credentials(Value):
    """What a user (of the same id) signs in with beside a password.

    totp: the sealed secret of RFC 6238 (None: no such factor).  recovery_sha256: of the codes that are left.
    sso: the subject by the `sso` object that vouches for it (OpenID Connect Core 2).
    """

    id: Id
    totp: str | None = Field(default=None, max_length=500)
    recovery_sha256: tuple[Sha256, ...] = Field(default=(), max_length=RECOVERY_CODES_MAX)
    passkeys: tuple[Passkey, ...] = Field(default=(), max_length=PASSKEYS_MAX)
    sso: dict[Id, Annotated[str, Field(max_length=255)]] = Field(default_factory=dict, max_length=20)


class Invitation(Value):
    """A user (of the same id) who is asked to come in; the link holds for `nonce` alone, so a new one ends the old."""

    id: Id
    nonce: str = Field(pattern=r"^[A-Za-z0-9_-]{16,64}$")
    by: str = Field(min_length=1, max_length=200)
    expires_at: AwareDatetime


class SingleSignOn(Value):
    """An OpenID provider of the company. `role`: of people who come for the first time (None: nobody is let in new).

    domains: of e-mail addresses that it vouches for; one that it does not say is verified counts as none.
    only: nobody of these domains signs in with a password any more.
    """

    id: Id
    name: str = Field(min_length=1, max_length=60)
    issuer: str = Field(pattern=r"^https?://[!-;=?-~]{4,500}$")
    client_id: str = Field(min_length=1, max_length=200)
    client_secret: str | None = Field(default=None, max_length=1000)
    domains: tuple[Annotated[str, Field(pattern=r"^[a-z0-9.-]{3,253}$")], ...] = Field(min_length=1, max_length=50)
    role: Literal["user", "manager", "auditor"] | None = None
    only: bool = False
    enabled: bool = True
