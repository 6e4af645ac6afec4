"""Secrets at rest: sealed with the node key by AES-256-GCM (NIST SP 800-38D), so that no log, replica or bundle holds one.

A sealed text is `sealed:v1:` and base64url of 12 bytes nonce, ciphertext, 16 bytes tag.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PREFIX = "sealed:v1:"
HA1_FIELDS = ("ha1_md5", "ha1_sha256", "ha1_sha512_256")
SEALED_FIELDS: Mapping[str, tuple[str, ...]] = {
    "device": HA1_FIELDS,
    "trunk": ("password",),
    "push": ("key",),
    "tracking": ("token",),
    "webhook": ("secret", "previous_secret"),
    "credentials": ("totp",),
    "sso": ("client_secret",),
    "supplier": ("password",),
    "billing": ("api_key", "hook_secret", "hook_password"),
    "mailbox": ("pin",),
    "store_front": ("secret",),
    "sink": ("token",),
}
SECRET_FIELDS: Mapping[str, tuple[str, ...]] = {
    **SEALED_FIELDS,
    "user": ("password_hash",),
    "api_key": ("key_sha256",),
    "credentials": ("totp", "recovery_sha256", "passkeys"),
    "invitation": ("nonce",),
}
_key_bytes = 32
_nonce_bytes = 12


class SealError(ValueError):
    """The text was not sealed with this key, or was changed."""


class Sealer:
    """Seals and opens texts with one key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) != _key_bytes:
            raise ValueError(f"a node key has {_key_bytes} bytes, this one {len(key)}")
        self._key = key
        self._cipher = AESGCM(key)

    def seal(self, text: str, *, repeatable: bool = False) -> str:
        """The sealed text. `repeatable` gives equal texts equal forms (a bundle must not change by being written again)."""
        plain = text.encode()
        nonce = (
            hmac.digest(self._key, b"nonce" + plain, "sha256")[:_nonce_bytes]
            if repeatable
            else os.urandom(_nonce_bytes)
        )
        return PREFIX + base64.urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, plain, PREFIX.encode())).decode()

    def key_for(self, purpose: str) -> bytes:
        """A key of its own for one purpose, the same on every node that has this node key (RFC 5869 in one step)."""
        return hmac.digest(self._key, b"key for " + purpose.encode(), "sha256")

    def open(self, sealed: str) -> str:
        """The text again. Raises `SealError`."""
        if not is_sealed(sealed):
            raise SealError("not a sealed text")
        try:
            data = base64.b64decode(sealed[len(PREFIX) :], altchars=b"-_", validate=True)
            return self._cipher.decrypt(data[:_nonce_bytes], data[_nonce_bytes:], PREFIX.encode()).decode()
        except (binascii.Error, InvalidTag, ValueError) as error:
            raise SealError("this text was sealed with another node key, or was changed") from error


def sealed_ha1(sealer: Sealer, username: str, realm: str, password: str) -> dict[str, str]:
    """The HA1 fields of a device with this password (RFC 7616 3.4.2): each as secret as the password itself."""
    secret = f"{username}:{realm}:{password}".encode()
    made = (hashlib.md5(secret, usedforsecurity=False), hashlib.sha256(secret), hashlib.new("sha512_256", secret))
    return {name: sealer.seal(each.hexdigest()) for name, each in zip(HA1_FIELDS, made, strict=True)}


def is_sealed(text: object) -> bool:
    """Whether a value has the form of a sealed text."""
    return isinstance(text, str) and text.startswith(PREFIX)


def with_sealed_fields(kind: str, document: dict[str, Any], sealer: Sealer) -> dict[str, Any]:
    """The document with every secret of its kind sealed; what is sealed stays as it is."""
    fields = {name: document[name] for name in SEALED_FIELDS.get(kind, ()) if isinstance(document.get(name), str)}
    return document | {name: sealer.seal(text) for name, text in fields.items() if not is_sealed(text)}
