"""Globally routable names of one phone: public and temporary GRUUs (RFC 5627 3, A).

A temporary GRUU is sealed text, so nothing is kept for it: nonce, device and registration run encrypted, and a mac. It
works as long as the phone registers with the same Call-ID (3.2); two of one phone have nothing in common to see.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

PREFIX = "tgruu."
_nonce_bytes = 8
_mac_bytes = 10
_run_bytes = 8


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose temporary GRUU it is; `run` stands for instance and Call-ID of the registration it was made in."""

    tenant: str
    user: str
    device: str
    run: bytes


class Gruus:
    """Makes and reads temporary GRUUs. `secret` must outlive the process, or they do not."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = hmac.digest(secret, b"gruu cipher", "sha256")
        self._signer = hmac.digest(secret, b"gruu mac", "sha256")

    def temporary(self, owner: Owner, nonce: bytes) -> str:
        """The user part of a new temporary GRUU. `nonce` is 8 bytes never used before."""
        plain = owner.run + "/".join((owner.tenant, owner.user, owner.device)).encode()
        sealed = nonce + self._crypt(nonce, plain)
        return PREFIX + base64.b32encode(sealed + self._mac(sealed)).decode().rstrip("=").lower()

    def owner(self, user: str) -> Owner | None:
        """Whose temporary GRUU this user part is, None when it is none of ours."""
        if not user.startswith(PREFIX):
            return None
        text = user.removeprefix(PREFIX).upper()
        try:
            data = base64.b32decode(text + "=" * (-len(text) % 8))
        except (binascii.Error, ValueError):
            return None
        sealed, mac = data[:-_mac_bytes], data[-_mac_bytes:]
        if len(sealed) <= _nonce_bytes + _run_bytes or not hmac.compare_digest(self._mac(sealed), mac):
            return None
        plain = self._crypt(sealed[:_nonce_bytes], sealed[_nonce_bytes:])
        tenant, user_id, device = plain[_run_bytes:].decode().split("/")
        return Owner(tenant, user_id, device, plain[:_run_bytes])

    def _mac(self, sealed: bytes) -> bytes:
        return hmac.digest(self._signer, sealed, "sha256")[:_mac_bytes]

    def _crypt(self, nonce: bytes, data: bytes) -> bytes:
        blocks = range(len(data) // 32 + 1)
        stream = b"".join(hmac.digest(self._cipher, nonce + bytes((block,)), "sha256") for block in blocks)
        return bytes(a ^ b for a, b in zip(data, stream, strict=False))


def run_of(instance: str, call_id: str) -> bytes:
    """What a temporary GRUU remembers of a registration: a new Call-ID makes the older ones void (RFC 5627 3.2)."""
    return hashlib.sha256(f"{instance}\n{call_id}".encode("utf-8", "surrogateescape")).digest()[:_run_bytes]
