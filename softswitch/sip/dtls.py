"""What a description says of DTLS (RFC 8122, RFC 4145, RFC 5763, RFC 8842): a=fingerprint, a=setup, a=tls-id."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from softswitch.sip.ice import said
from softswitch.sip.limits import FINGERPRINTS_MAX
from softswitch.sip.sdp import Attributes, Media, Sdp

Role = Literal["active", "passive"]
Setup = Literal["active", "passive", "actpass"]
HASHES = ("sha-256", "sha-384", "sha-512")
"""What a fingerprint may be made with."""

_SETUPS: Mapping[str, Setup] = {"active": "active", "passive": "passive", "actpass": "actpass"}
_FINGERPRINT = re.compile(r"([A-Za-z0-9\-]{1,16})\s++([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){15,63})\s*+")
_TLS_ID = re.compile(r"[A-Za-z0-9+/\-_]{20,255}")


@dataclass(frozen=True, slots=True)
class Dtls:
    """One side's part: fingerprints of its certificate ("sha-256 AB:CD..."), who may begin, and the association it means."""

    fingerprints: tuple[str, ...]
    setup: Setup
    tls_id: str = ""


def dtls_of(sdp: Sdp, media: Media) -> Dtls | None:
    """What a stream says of DTLS, or its session for it; None when there is no fingerprint that we can check."""
    values = media.all("fingerprint") or [
        value for name, value in sdp.attributes if name == "fingerprint" and value is not None
    ]
    read = (_fingerprint(value) for value in values[:FINGERPRINTS_MAX])
    found = tuple(one for one in read if one is not None)
    setup, tls_id = _SETUPS.get((said(sdp, media, "setup") or "").lower()), said(sdp, media, "tls-id") or ""
    if not found or setup is None:
        return None
    return Dtls(found, setup, tls_id if _TLS_ID.fullmatch(tls_id) else "")


def _fingerprint(value: str) -> str | None:
    found = _FINGERPRINT.fullmatch(value)
    if found is None or found[1].lower() not in HASHES:
        return None
    return f"{found[1].lower()} {found[2].upper()}"


def described(dtls: Dtls) -> Attributes:
    """Our part of a stream."""
    lines = [("fingerprint", one) for one in dtls.fingerprints]
    return (*lines, ("setup", dtls.setup), *([("tls-id", dtls.tls_id)] if dtls.tls_id else []))


def tls_id_of(seed: bytes, number: int) -> str:
    """Of a leg's so manieth association (RFC 8842 4)."""
    return base64.b64encode(hashlib.sha256(b"tls-id" + seed + number.to_bytes(4, "big")).digest()[:18]).decode("ascii")
