"""SRTP between the call and the media plane: keys are made here when a leg is opened, and handed over when it is agreed on."""

from __future__ import annotations

import secrets

from media.plane.client import Opened
from media.plane.keys import Keys
from softswitch.calls.leg import Leg
from softswitch.peers.security import SrtpRule
from softswitch.sip.crypto import Agreed, Protection, make_crypto


def protection_of(leg: Leg, where: Opened, rule: SrtpRule) -> Protection:
    """What a leg may do about SRTP."""
    security = rule.of(leg.srtp, leg.transport)
    may = where.srtp and security.sdes and security.srtp != "off"
    return Protection(security.srtp, make_crypto(secrets.token_bytes) if may else ())


def keys_of(agreed: Agreed | None) -> Keys | None:
    """What was agreed on, as the media plane wants it."""
    if agreed is None:
        return None
    return Keys.of(agreed.ours.suite, agreed.ours.key, agreed.theirs.key, agreed.theirs.mki_octets)
