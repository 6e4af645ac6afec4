"""IP addresses of both families as one number: 128 bits, IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2), as kernels/address.h."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

_V4 = 0xFFFF << 32
KNOWN_MAX = 4096
"""The same far ends come again and again."""


@lru_cache(KNOWN_MAX)
def number(text: str) -> int:
    """The number of an address in text. ValueError."""
    parsed = ipaddress.ip_address(text)
    return int(parsed) if isinstance(parsed, ipaddress.IPv6Address) else _V4 | int(parsed)


@lru_cache(KNOWN_MAX)
def text(number: int) -> str:
    """The address of a number, IPv4 in dotted form."""
    is_v4 = number >> 32 == _V4 >> 32
    return str(ipaddress.IPv4Address(number & 0xFFFFFFFF) if is_v4 else ipaddress.IPv6Address(number))


def plain(text_: str) -> str:
    """An address as its family writes it: one IPv4 address has one text, mapped or not."""
    return text(number(text_))


def is_v6(text: str) -> bool:
    """Whether a socket of IPv6 is needed to reach it."""
    return ":" in text
