"""The leg of who calls, as the INVITE says."""

from __future__ import annotations

from configdb.model import Device, Trunk
from softswitch.calls.leg import Leg
from softswitch.routing.route import Route
from softswitch.sip.body import sdp_of
from softswitch.sip.dialog import MAX_FORWARDS_FIRST
from softswitch.sip.message import Request
from softswitch.transport.incoming import IncomingSession


def caller_leg(
    session: IncomingSession, request: Request, route: Route, name: str | None, at: float, peer: Device | Trunk | None
) -> Leg:
    """Who calls, by `name` where it is known, with their phone or through a trunk; `peer` None: from a web site."""
    leg = Leg(session.id, "caller", route.caller, session.remote, at, outgoing=False)
    leg.user, leg.name = route.user, name
    leg.offer = sdp_of(request)
    leg.offered = leg.offer is not None
    leg.hears_early_offers, leg.hops = session.hears_early_offers, hops_of(request)
    if peer is not None:
        leg.srtp, leg.digits = peer.srtp, peer.digits
    if isinstance(peer, Device):
        leg.device = peer.id
    if isinstance(peer, Trunk):
        leg.codecs, leg.trunk = peer.codecs, peer.id
    if session.source is not None:
        leg.signalling_address, leg.transport = session.source.host, session.source.kind
    return leg


def hops_of(request: Request) -> int:
    """What is left of Max-Forwards; without one what a new request has (RFC 3261 16.6 3)."""
    return MAX_FORWARDS_FIRST if request.max_forwards is None else request.max_forwards
