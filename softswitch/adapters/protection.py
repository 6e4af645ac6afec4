"""SRTP between the call and the media plane: keys are made here when a leg is opened, and handed over when they are agreed on.

With DTLS the keys are the media plane's own: it is told the fingerprints of the far end's certificate, and where it may be.
"""

from __future__ import annotations

import secrets

from media.plane.client import Opened
from media.plane.far_end import Dtls, Ice
from media.plane.keys import Keys
from softswitch.calls.leg import Leg
from softswitch.peers.security import SrtpRule
from softswitch.sip.crypto import IN_CLEAR, Agreed, Protection, make_crypto
from softswitch.sip.rtc import Agreed as RtcAgreed
from softswitch.sip.rtc import Rtc

BROWSERS = ("ws", "wss")
"""What phones in browsers signal over: they are offered what browsers have."""

SEED_SIZE = 16


def protection_of(leg: Leg, where: Opened, rule: SrtpRule) -> Protection:
    """What a leg may do about SRTP."""
    security = rule.of(leg.srtp, leg.transport)
    if security.srtp == "off":
        return IN_CLEAR
    is_dtls, seed = security.srtp == "dtls", secrets.token_bytes(SEED_SIZE)
    crypto = make_crypto(secrets.token_bytes) if where.srtp and security.sdes and not is_dtls else ()
    offers = is_dtls or leg.transport in BROWSERS
    rtc = Rtc(where.fingerprint, seed, rule.ice_lite, offers) if where.fingerprint else None
    return Protection(security.srtp, crypto, rtc)


def dtls_of(agreed: RtcAgreed | None) -> Dtls | None:
    """The handshake that was agreed on."""
    if agreed is None:
        return None
    return Dtls(agreed.role, list(agreed.dtls.fingerprints), f"{agreed.number} {agreed.dtls.tls_id}".rstrip())


def ice_of(agreed: RtcAgreed | None) -> Ice | None:
    """The checks that were agreed on."""
    if agreed is None or agreed.ours is None or agreed.theirs is None:
        return None
    ours, theirs = agreed.ours.words, agreed.theirs.words
    found = [[one.address, one.port, one.priority] for one in agreed.theirs.candidates]
    is_lite = agreed.ours.lite
    return Ice(ours.ufrag, ours.password, theirs.ufrag, theirs.password, found, agreed.controlling, is_lite)


def keys_of(agreed: Agreed | None) -> Keys | None:
    """What was agreed on, as the media plane wants it."""
    if agreed is None:
        return None
    return Keys.of(agreed.ours.suite, agreed.ours.key, agreed.theirs.key, agreed.theirs.mki_octets)
