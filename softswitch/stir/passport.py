"""The signed token of a call, PASSporT: header and claims in JSON, base64url, ES256 over both (RFC 8225, 7515, 7518 3.4).

Telephone numbers are canonical (RFC 8224 8.3): digits alone, with country code when they have one.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from softswitch.stir.faults import Fault, Kind
from softswitch.stir.limits import DESTINATIONS_MAX, TOKEN_CHARS_MAX

ALGORITHM = "ES256"
TYPE = "passport"

_BASE64URL = re.compile(r"[A-Za-z0-9_\-]*+")
_SEPARATORS = re.compile(r"[\s().\-]")
_NUMBER = re.compile(r"[0-9A-D*#]{1,40}")
_half_bytes = 32


@dataclass(frozen=True, slots=True)
class Passport:
    """A token as it came: `signed` is what the signature is over."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes

    def is_signed_by(self, key: ec.EllipticCurvePublicKey) -> bool:
        """Whether `key` signed it."""
        r, s = self.signature[:_half_bytes], self.signature[_half_bytes:]
        der = utils.encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
        try:
            key.verify(der, self.signed, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


def canonical(number: str) -> str:
    """The number as it is signed, "" when there is none (RFC 8224 8.3)."""
    digits = _SEPARATORS.sub("", number).removeprefix("+").upper()
    return digits if _NUMBER.fullmatch(digits) else ""


def numbers_of(claim: object) -> list[str]:
    """The canonical telephone numbers of orig (one text) or dest (a list); what is none is left out."""
    found = claim.get("tn") if isinstance(claim, dict) else None
    texts = found if isinstance(found, list) else [found]
    if len(texts) > DESTINATIONS_MAX:
        return []
    return [number for text in texts if isinstance(text, str) and (number := canonical(text))]


def encode(header: Mapping[str, Any], claims: Mapping[str, Any], key: ec.EllipticCurvePrivateKey) -> str:
    """The token in full form: members in lexicographic order, no white space (RFC 8225 9)."""
    signed = _signed(header, claims)
    r, s = utils.decode_dss_signature(key.sign(signed, ec.ECDSA(SHA256())))
    return f"{signed.decode()}.{_to_text(r.to_bytes(_half_bytes, 'big') + s.to_bytes(_half_bytes, 'big'))}"


def is_compact(token: str) -> bool:
    """Whether header and claims are left out: the verifier makes them from the message (RFC 8225 7)."""
    return token.startswith("..")


def decode(token: str) -> Passport:
    """A token in full form. Raises Fault."""
    parts = token.split(".")
    if len(token) > TOKEN_CHARS_MAX or len(parts) != 3:
        raise Fault(Kind.INVALID, "not a token of three parts")
    header, claims = (_object(_to_bytes(part)) for part in parts[:2])
    return Passport(header, claims, f"{parts[0]}.{parts[1]}".encode(), _signature(parts[2]))


def restore(token: str, header: Mapping[str, Any], claims: Mapping[str, Any]) -> Passport:
    """A token in compact form, with the header and claims that the message says. Raises Fault."""
    return Passport(header, claims, _signed(header, claims), _signature(token.removeprefix("..")))


def _signed(header: Mapping[str, Any], claims: Mapping[str, Any]) -> bytes:
    texts = (json.dumps(each, sort_keys=True, separators=(",", ":")) for each in (header, claims))
    return ".".join(_to_text(text.encode()) for text in texts).encode()


def _signature(text: str) -> bytes:
    data = _to_bytes(text)
    if len(data) != 2 * _half_bytes:
        raise Fault(Kind.INVALID, "the signature has not the length of ES256")
    return data


def _to_text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _to_bytes(text: str) -> bytes:
    if _BASE64URL.fullmatch(text) is None:
        raise Fault(Kind.INVALID, "not base64url")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise Fault(Kind.INVALID, "not base64url") from error


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data.decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Fault(Kind.INVALID, "not a JSON object") from error
    if not isinstance(found, dict):
        raise Fault(Kind.INVALID, "not a JSON object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found
