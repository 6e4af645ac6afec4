"""Where a URL of somebody else may lead: to the public network, and not to what only this node can reach."""

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
