"""Where audio may be sent: nowhere that no phone can be, and to loopback only for those who signal from it."""

from __future__ import annotations

import ipaddress

from media.plane import commands as c
from media.rtp import address as addresses


def check_destination(remote: c.Remote) -> None:
    """Refuse addresses no phone can have, and loopback for those who are not on it. Refused("address")."""
    if not remote.send and ipaddress.ip_address(remote.address).is_unspecified:
        return  # the old hold (RFC 3264 8.4): nothing is sent
    for text in {remote.address, remote.rtcp_address or remote.address}:
        _check_address(text, addresses.plain(remote.signalling_address))


def _check_address(text: str, signalling_text: str) -> None:
    address = ipaddress.ip_address(addresses.plain(text))
    wrong = address.is_multicast or address.is_unspecified or (address.version == 4 and address.is_reserved)
    wrong = wrong or (address.version == 4 and int(address) >> 24 == 0)
    if wrong or (address.is_loopback and not ipaddress.ip_address(signalling_text).is_loopback):
        raise c.Refused("address", f"audio is not sent to {text}")
