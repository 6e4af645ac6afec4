"""What a change of media direction means (RFC 3264 8.4, RFC 6337 5.3): who hears what after a re-INVITE."""

from __future__ import annotations

from enum import Enum

from softswitch.calls import effects as do
from softswitch.calls.desk import Desk
from softswitch.calls.leg import Leg
from softswitch.sip.errors import NotAcceptable
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


def offered(desk: Desk, leg: Leg, sdp: bytes) -> None:
    """A leg offers new media: answer it, connect it, and play music to the other one while the leg is away."""
    leg.offer = sdp
    try:
        answer = leg.answer_sdp()
    except NotAcceptable:
        leg.offer = None
        desk.emit(do.RefuseOffer(leg.id))
        return
    desk.emit(do.AnswerOffer(leg.id, answer))
    _changed(desk, leg)


def offer(desk: Desk, leg: Leg) -> None:
    """Offer a leg its media anew, if there is anything that can be offered."""
    try:
        desk.emit(do.OfferLeg(leg.id, leg.offer_sdp()))
    except NotAcceptable as error:
        desk.step("media.not_offered", f"{leg.label} is offered no media anew: {error}")


def answered(desk: Desk, leg: Leg, sdp: bytes) -> None:
    """A leg answers an offer of ours: a refresh, or the offer it asked for; one that it refuses changes nothing."""
    try:
        leg.accept_sdp(sdp)
    except NotAcceptable as error:
        desk.step("media.not_acceptable", f"{leg.label} answered an offer with media we do not speak: {error}")
        return
    _changed(desk, leg)


def _changed(desk: Desk, leg: Leg) -> None:
    desk.connect(leg)
    if leg.negotiated is None:
        return
    what = change(leg.on_hold, leg.negotiated)
    leg.on_hold = is_hold(leg.negotiated)
    other = desk.partner(leg)
    if what is Change.NONE or other is None:
        return
    held = what is Change.HELD
    desk.watch(leg, not held)
    desk.step(f"call.{what.value}", f"{leg.label} {'put the call on hold' if held else 'is back'}")
    desk.emit(_music_to(other) if held else do.StopPlaying(other.id))


def music(desk: Desk) -> None:
    """A new conversation begins: who meets a leg that is on hold hears music."""
    for leg, other in ((desk.caller, desk.peer), (desk.peer, desk.caller)):
        if leg is not None and other is not None and leg.on_hold:
            desk.emit(_music_to(other))


def _music_to(leg: Leg) -> do.PlayTo:
    return do.PlayTo(leg.id, "hold", ("sound:hold-music",), loop=True)
