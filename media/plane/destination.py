"""Where audio may be sent: nowhere that no phone can be, and to loopback only for those who signal from it."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from media.plane import commands as c
from media.rtp import address as addresses


def check_destination(remote: c.Remote) -> None:
    """Refuse addresses no phone can have, and loopback for those who are not on it. Refused("address").

    With ICE the address says nothing, and the candidates are looked at one by one.
    """
    if remote.ice is not None or (not remote.send and ipaddress.ip_address(remote.address).is_unspecified):
        return  # the old hold (RFC 3264 8.4): nothing is sent
    for text in {remote.address, remote.rtcp_address or remote.address}:
        if not is_allowed(text, remote.signalling_address):
            raise c.Refused("address", f"audio is not sent to {text}")


@lru_cache(addresses.KNOWN_MAX)
def is_allowed(text: str, signalling_address: str) -> bool:
    """Whether something may be sent there for somebody who signals from that address."""
    address = ipaddress.ip_address(addresses.plain(text))
    wrong = address.is_multicast or address.is_unspecified or (address.version == 4 and address.is_reserved)
    wrong = wrong or (address.version == 4 and int(address) >> 24 == 0)
    is_here = ipaddress.ip_address(addresses.plain(signalling_address)).is_loopback
    return not wrong and (is_here or not address.is_loopback)
