"""Whether a leg's audio goes over IPv4 or IPv6: as its offer says, else as it is called (RFC 6157)."""

from __future__ import annotations

from collections.abc import Sequence

from softswitch.adapters.media import Family
from softswitch.calls.leg import Leg
from softswitch.sip.errors import NotAcceptable


def media_family(leg: Leg) -> Family:
    """The family of the far end's addresses, as far as they are known when the leg's port is opened."""
    if leg.offer is not None:
        return _of(_offered(leg))
    return _of(leg.contact.host if leg.contact is not None else leg.signalling_address)


def families_of(hosts: Sequence[str]) -> tuple[Family, ...]:
    """Those of the node's media addresses, in their order; IPv4 when nothing is said."""
    return tuple(dict.fromkeys(_of(host) for host in hosts)) or (4,)


def _offered(leg: Leg) -> str:
    """The address of the first stream of voice; none when the offer cannot be read."""
    try:
        sdp = leg.offer_of()
    except NotAcceptable:
        return ""
    if sdp is None:
        return ""
    voices = [sdp.address_of(media) for media in sdp.media if media.kind == "audio" and media.port != 0]
    return (voices[0] if voices else sdp.connection) or ""


def _of(address: str) -> Family:
    return 6 if ":" in address else 4
