"""What a change of media direction means (RFC 3264 8.4, RFC 6337 5.3): who hears what after a re-INVITE."""

from __future__ import annotations

from enum import Enum

from softswitch.sip.offer_answer import Negotiated


class Change(Enum):
    """What the far end's new offer did to the conversation."""

    NONE = "none"
    HELD = "held"
    RESUMED = "resumed"


def is_hold(negotiated: Negotiated) -> bool:
    """True when the far end does not want to hear us: its offer said sendonly or inactive, or had the address 0.0.0.0."""
    return not negotiated.send


def change(was_on_hold: bool, negotiated: Negotiated) -> Change:
    """Compare what a leg was with what its new answer says."""
    match (was_on_hold, is_hold(negotiated)):
        case (False, True):
            return Change.HELD
        case (True, False):
            return Change.RESUMED
    return Change.NONE
