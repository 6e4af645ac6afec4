"""What of a call outlives its process: two who talk, one who is parked, waits in a queue or is at a menu. As a document, and a
call from it again.

Everything else ends with the process: who leaves a message or rings, whom more than two hear, and visitors of web sites,
who register nowhere and so are not found again. Keys of SRTP are in no
document: legs are offered their media anew, with new ones. The keys of DTLS are the media worker's, which has them still.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from configdb.snapshot import TenantView
from ivr.steps import Step
from softswitch.calls.call import Call
from softswitch.calls.contact import Contact
from softswitch.calls.ledger import Ledger
from softswitch.calls.leg import Leg, LegState
from softswitch.routing.route import Route
from softswitch.sip.offer_answer import Negotiated
from softswitch.sip.rtc import Agreed
from softswitch.sip.rtcp_attributes import Rtcp

OVER: dict[str, Any] = {"start": "over", "nodes": {"over": {"kind": "hangup"}}}
"""What the flow of such a call still does when one of the two hangs up."""

_ROUTE = ("direction", "caller", "dialled", "label", "user", "emergency", "withheld")
_LEG = (
    *(
        "id",
        "role",
        "party",
        "remote",
        "started_at",
        "outgoing",
        "user",
        "device",
        "trunk",
        "name",
        "rang_at",
        "answered_at",
    ),
    *("signalling_address", "srtp", "digits", "transport", "on_hold", "withheld", "secured", "shows"),
)
_CONTACT = ("kind", "party", "label", "uri", "host", "port", "transport", "trunk", "device", "gateway", "emergency")
_MEDIA = (
    *("address", "port", "codec", "payload_type", "dtmf_payload_type", "ptime_ms", "send", "receive"),
    *("payload_type_heard", "dtmf_payload_type_heard"),
)


def kept(call: Call) -> dict[str, Any] | None:
    """The document of a call that can go on; None when it cannot."""
    lasting = call.lasting
    legs = lasting.legs
    if not legs or not all(_lasts(leg) for leg in legs):
        return None
    route, slot = call.route, next((slot for slot, is_in in call.slots.items() if is_in), None)
    return {
        "ledger": call.desk.ledger.kept(),
        "route": {name: getattr(route, name) for name in _ROUTE},
        "legs": [_document(leg) for leg in legs],
        "slot": slot,
        "place": lasting.place,
        "parked_by": _parked_by(call.desk.ledger.steps) if slot is not None else None,
        "recordings": call.recordings.conversations,
        "recorded": call.recordings.known,
    }


def _lasts(leg: Leg) -> bool:
    is_visitor = leg.transport in ("ws", "wss") and leg.phone is None  # of a web site, who registers nowhere
    return leg.state is LegState.ANSWERED and leg.negotiated is not None and not is_visitor


def _parked_by(steps: Sequence[Mapping[str, Any]]) -> str | None:
    return next((step["data"].get("by") for step in reversed(steps) if step["code"] == "park.slot"), None)


def _document(leg: Leg) -> dict[str, Any]:
    found = leg.negotiated
    if found is None:
        raise ValueError("a leg without media does not last")
    return {
        **{name: getattr(leg, name) for name in _LEG},
        "codecs": list(leg.codecs),
        "contact": None if leg.contact is None else {name: getattr(leg.contact, name) for name in _CONTACT},
        "media": {**{name: getattr(found, name) for name in _MEDIA}, "rtcp": asdict(found.rtcp)},
        "rtc": None if found.rtc is None else found.rtc.kept(),
        "connected": leg.connected,
        "clock_hz": found.event_clock_hz,
        "fec": found.fec,
        "said": leg.said_without_keys,
    }


def ledger_of(document: Mapping[str, Any], boot: str) -> Ledger:
    """What the call had to say for itself, for another run of the node."""
    return Ledger.of_kept(document["ledger"], boot)


def route_of(document: Mapping[str, Any], view: TenantView) -> Route:
    """The route that the call took. Its flow is over, or waits in the slot."""
    return Route(view, document=OVER, **document["route"])


def alone_of(document: Mapping[str, Any], route: Route) -> Route | None:
    """Where a caller who is alone goes on, parked or at a place in a flow; None for one who talks."""
    slot, by = document["slot"], document["parked_by"]
    if slot is None:
        return None if document.get("place") is None else route
    park = {"start": "park", "nodes": {"park": {"kind": "park", "slot": slot, "by": by}}}
    step = Step("transfer.target", f"Parked in slot {slot} again", {"slot": slot})
    return replace(route, document=park, user=by, steps=(step,))


def place_of(document: Mapping[str, Any], view: TenantView) -> Mapping[str, Any] | None:
    """Where the caller was in a flow; None: in none. Raises ValueError when that flow is there no more, KeyError or TypeError."""
    place: Mapping[str, Any] | None = document.get("place")
    if place is not None:
        flows = (place["flow"], *(flow for flow, _ in place["frames"]))
        if gone := [flow for flow in flows if isinstance(flow, str) and flow not in view.flows]:
            raise ValueError(f"flow {gone[0]} is there no more")
    return place


def leg_of(document: Mapping[str, Any]) -> Leg:
    """A leg as it was; its port and its protection are told by `Leg.opened`. Raises ValueError, KeyError or TypeError."""
    leg = Leg(**{name: document[name] for name in ("id", "role", "party", "remote", "started_at", "outgoing")})
    for name in _LEG:
        setattr(leg, name, document[name])
    contact, media = document["contact"], dict(document["media"])
    leg.contact = None if contact is None else Contact(**contact)
    leg.codecs, leg.state = tuple(document["codecs"]), LegState.ANSWERED
    if (connected := document.get("connected")) is not None:  # earlier releases wrote none
        leg.connected = (connected[0], connected[1])
    rtcp = Rtcp(**media.pop("rtcp"))
    rtc = None if document["rtc"] is None else Agreed.of_kept(document["rtc"])
    leg.negotiated = Negotiated(**media, rtcp=rtcp, event_clock_hz=document["clock_hz"], fec=document["fec"], rtc=rtc)
    leg.resume(document["said"])
    return leg
