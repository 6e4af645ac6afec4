"""Which address a far end is told to send its audio to: behind NAT the public one, and within our network our own.

A far end that signals from a private address (RFC 1918, RFC 4193) reached us without NAT: the public address would send its
audio out to the NAT device and back, which many of these do not do (hairpinning, RFC 4787 6).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from configdb.node import NodeSettings
from media.plane.client import Opened
from softswitch.adapters.protection import protection_of
from softswitch.calls.leg import Leg
from softswitch.peers.security import SrtpRule
from softswitch.sip.crypto import Protection
from softswitch.sip.kept import kept


def told_of(leg: Leg, where: Opened, rule: SrtpRule, public: Sequence[str]) -> tuple[str, Protection]:
    """The address, that of the leg's port or the one of `public` of its family; and what protects the audio."""
    far = leg.contact.host if leg.contact is not None else leg.signalling_address
    outside = next((one for one in public if (":" in one) is (":" in where.address)), where.address)
    return where.address if is_inside(far) else outside, protection_of(leg, where, rule)


def public_of(settings: NodeSettings) -> tuple[str, ...]:
    """The node's public addresses for audio; `public_address` may be a name, which is none."""
    public = settings.public_address
    return settings.media_public or ((public,) if public is not None and _address(public) is not None else ())


@kept
def is_inside(host: str) -> bool:
    """An address of a network like ours; a name may be anybody's."""
    address = _address(host)
    return address is not None and any(address in network for network in _INSIDE)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


_INSIDE_4 = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16")
_INSIDE_6 = ("fc00::/7", "fe80::/10", "::1/128")
_INSIDE = tuple(ipaddress.ip_network(text) for text in _INSIDE_4 + _INSIDE_6)
