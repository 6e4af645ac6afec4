"""What is said to a page, so that its push service cannot read it (RFC 8291, in the coding of RFC 8188)."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD_BYTES = 4096
TEXT_BYTES_MAX = RECORD_BYTES - 86 - 17
"""The largest body that every push service takes (RFC 8030 7.2), without header, delimiter and tag."""
LAST = b"\x02"


@dataclass(frozen=True, slots=True)
class Ears:
    """What a page is spoken to with: its key on P-256, and the secret it shares with us."""

    key: EllipticCurvePublicKey
    secret: bytes

    @classmethod
    def read(cls, p256dh: str, auth: str) -> Ears:
        """From base64url, as a page has them. Raises `ValueError`."""
        point, secret = _bytes(p256dh, 65), _bytes(auth, 16)
        return cls(EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point), secret)


def sealed(
    text: bytes,
    ears: Ears,
    make: Callable[[], EllipticCurvePrivateKey] = lambda: generate_private_key(SECP256R1()),
    dice: Callable[[int], bytes] = os.urandom,
) -> bytes:
    """The body of a request with `Content-Encoding: aes128gcm`. Raises `ValueError` for a text that is too long."""
    if len(text) > TEXT_BYTES_MAX:
        raise ValueError("too long for a push service")
    ours, salt = make(), dice(16)
    theirs_point, ours_point = _point(ears.key), _point(ours.public_key())
    shared = ours.exchange(ECDH(), ears.key)
    first = _derived(shared, ears.secret, b"WebPush: info\0" + theirs_point + ours_point, 32)
    key = _derived(first, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(first, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + RECORD_BYTES.to_bytes(4, "big") + bytes([len(ours_point)]) + ours_point
    return head + AESGCM(key).encrypt(nonce, text + LAST, None)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


def _point(key: EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _bytes(text: str, length: int) -> bytes:
    try:
        found = base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise ValueError("not base64url") from wrong
    if len(found) != length:
        raise ValueError(f"not {length} bytes")
    return found
