"""Keys in SDP: the a=crypto attribute (RFC 4568), with the suites of RFC 4568, RFC 6188 and RFC 7714.

    a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:<key and salt, base64>|2^31|1:4

A line that we cannot do in all it says (several keys, unknown parameters, no protection) is as if it were not there (5.1.2).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from softswitch.sip.limits import CRYPTO_LINES_MAX, CRYPTO_MKI_OCTETS_MAX
from softswitch.sip.rtc import Agreed as RtcAgreed
from softswitch.sip.rtc import Rtc

SUITES = {
    "AEAD_AES_256_GCM": 44,
    "AEAD_AES_128_GCM": 28,
    "AES_256_CM_HMAC_SHA1_80": 46,
    "AES_CM_128_HMAC_SHA1_80": 30,
    "AES_256_CM_HMAC_SHA1_32": 46,
    "AES_CM_128_HMAC_SHA1_32": 30,
}
"""Octets of master key and salt by suite."""

_ALIASES = {"AES_CM_256_HMAC_SHA1_80": "AES_256_CM_HMAC_SHA1_80", "AES_CM_256_HMAC_SHA1_32": "AES_256_CM_HMAC_SHA1_32"}
"""Names that devices used before RFC 6188."""

OFFERED = (
    "AES_CM_128_HMAC_SHA1_80",
    "AES_256_CM_HMAC_SHA1_80",
    "AEAD_AES_128_GCM",
    "AEAD_AES_256_GCM",
    "AES_CM_128_HMAC_SHA1_32",
    "AES_256_CM_HMAC_SHA1_32",
)
"""What we offer, the one that everybody has first: some devices read one line only."""

_LINE = re.compile(
    r"([0-9]{1,9})[ \t]++([A-Za-z0-9_]++)[ \t]++inline:([A-Za-z0-9+/=]++)((?:\|[0-9^:]++)*+)((?:[ \t]++\S++)*+)"
)
_LIFETIME = re.compile(r"(?:2\^)?[0-9]{1,15}")
_MKI = re.compile(r"[0-9]{1,40}:([0-9]{1,3})")


Srtp = Literal["off", "optional", "required", "dtls"]
"""Whether a leg's media is protected: never, when both can, not without; the last is not without and by DTLS."""


@dataclass(frozen=True, slots=True)
class Crypto:
    """One line. `name` is the suite as its author wrote it; `mki_octets` of MKI are in every packet under this key."""

    tag: int
    suite: str
    key: bytes = field(repr=False)
    mki_octets: int = 0
    name: str = ""

    def line(self) -> str:
        """The value of the attribute."""
        return f"{self.tag} {self.name or self.suite} inline:{base64.b64encode(self.key).decode('ascii')}"


@dataclass(frozen=True, slots=True)
class Protection:
    """What a leg of ours does about SRTP. `crypto` are its keys, one a suite: none when there is no SRTP here, or the way of
    its signalling would betray them. `rtc`: what it has for DTLS, whose keys are in no description; None: there is none."""

    srtp: Srtp = "off"
    crypto: tuple[Crypto, ...] = ()
    rtc: Rtc | None = None

    @property
    def offers_rtc(self) -> bool:
        """Whether our first offer is for a browser."""
        return self.srtp != "off" and self.rtc is not None and self.rtc.offers

    @property
    def another_try(self) -> Srtp | None:
        """What to be called with instead after this was refused; None: there is nothing else.

        Keys were offered, RTP/SAVP was not; DTLS was to who may not have it, or was not to who may have nothing else.
        """
        if self.offers_rtc:
            return "off" if self.srtp == "optional" else None
        if self.srtp == "optional" and self.crypto:
            return "required"
        return "dtls" if self.srtp in ("optional", "required") and self.rtc is not None else None

    def after(self, agreed: RtcAgreed | None) -> Protection:
        """For the next offer or answer of the dialog."""
        return self if self.rtc is None else replace(self, rtc=self.rtc.after(agreed))


IN_CLEAR = Protection()


def read_crypto(values: list[str]) -> tuple[Crypto, ...]:
    """The lines that we can do, in their author's order."""
    read = [_read(value) for value in values[:CRYPTO_LINES_MAX]]
    return tuple(one for one in read if one is not None)


def _read(value: str) -> Crypto | None:
    found = _LINE.fullmatch(value.strip())
    if found is None:
        return None
    tag, name, text, about, session = found.groups()
    suite = _ALIASES.get(name.upper(), name.upper())
    key, mki_octets = _key(text), _mki_octets(about)
    if suite not in SUITES or key is None or len(key) != SUITES[suite] or mki_octets is None:
        return None
    if not all(parameter.startswith(("-", "WSH=")) for parameter in session.split()):
        return None
    return Crypto(int(tag), suite, key, mki_octets, name)


def _key(text: str) -> bytes | None:
    """Padding is often left out."""
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None


def _mki_octets(about: str) -> int | None:
    """From "|lifetime|mki:length", both optional; None when it is neither."""
    octets = 0
    for part in about.split("|")[1:]:
        found = _MKI.fullmatch(part)
        if found is not None and 0 < int(found[1]) <= CRYPTO_MKI_OCTETS_MAX:
            octets = int(found[1])
        elif _LIFETIME.fullmatch(part) is None:
            return None
    return octets


def make_crypto(random: Callable[[int], bytes]) -> tuple[Crypto, ...]:
    """Keys of a leg, one a suite: they stay for as long as the leg, so that a refresh changes nothing."""
    return tuple(Crypto(at, suite, random(SUITES[suite])) for at, suite in enumerate(OFFERED, 1))


@dataclass(frozen=True, slots=True)
class Agreed:
    """What protects a stream: what we send with `ours`, what comes with `theirs`."""

    ours: Crypto
    theirs: Crypto


def choose(theirs: tuple[Crypto, ...], ours: tuple[Crypto, ...]) -> Agreed | None:
    """The first of their lines whose suite we have; our key goes under their tag (5.1.2)."""
    for line in theirs:
        own = next((one for one in ours if one.suite == line.suite), None)
        if own is not None:
            return Agreed(replace(own, tag=line.tag, name=line.name), line)
    return None


def accepted(theirs: tuple[Crypto, ...], ours: tuple[Crypto, ...]) -> Agreed | None:
    """What their answer chose of our lines: one of them, by tag and suite (5.1.3)."""
    if len(theirs) != 1:
        return None
    own = next((one for one in ours if (one.tag, one.suite) == (theirs[0].tag, theirs[0].suite)), None)
    return Agreed(own, theirs[0]) if own is not None else None
