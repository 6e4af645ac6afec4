"""Addresses of others: whether one is of the public network, and what a stranger at it is counted under."""

from __future__ import annotations

import ipaddress


def is_public(address: str) -> bool:
    """Whether an address is of the public network, also behind IPv4-mapped, 6to4 and NAT64 forms."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour
        if inner is None and parsed in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return parsed.is_global and not parsed.is_multicast


def plain(address: str) -> str:
    """An IPv4 address as such, also as a socket of both families tells it (RFC 4291 2.5.5.2)."""
    mapped = address[7:] if address.lower().startswith("::ffff:") else ""
    return mapped if mapped.count(".") == 3 else address


def source_of(address: str) -> str:
    """What an address is counted under: itself, or the /64 of an IPv6 address, which one household or server has whole."""
    if ":" not in address:
        return address
    try:
        parsed = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((parsed, 64), strict=False))
