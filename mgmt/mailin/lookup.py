"""The questions to DNS that proofs need (RFC 1035), answered within a time for all of a mail's questions together."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Protocol

from dns.exception import DNSException
from dns.nameserver import Do53Nameserver
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.PTR import PTR
from dns.rdtypes.ANY.TXT import TXT
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA
from dns.resolver import NXDOMAIN, LifetimeTimeout, NoAnswer, Resolver
from dns.reversename import from_address

from mgmt.limits import mail_dns_s_max

Address = IPv4Address | IPv6Address
ANSWERS_MAX = 50


class DnsAway(Exception):
    """Ours, or theirs: no answer now; nothing is known."""


class Dns(Protocol):
    """Each gives nothing when there is no such name or record, and raises `DnsAway`."""

    def txt(self, name: str) -> list[str]:
        """Text records, each in one piece."""

    def addresses(self, name: str, version: int) -> list[Address]:
        """A (version 4) or AAAA (6)."""

    def mx(self, name: str) -> list[str]:
        """Mail exchangers, the preferred first."""

    def ptr(self, address: Address) -> list[str]:
        """Names of an address."""


@dataclass(slots=True)
class Resolved:
    """`Dns` for one mail: after `until` nothing more is asked, nor once nobody answered: a mail is not kept waiting for each."""

    resolver: Resolver
    until: float
    clock: Callable[[], float] = time.monotonic

    def txt(self, name: str) -> list[str]:
        return [b"".join(one.strings).decode("latin-1") for one in self._ask(name, "TXT") if isinstance(one, TXT)]

    def addresses(self, name: str, version: int) -> list[Address]:
        found = self._ask(name, "A" if version == 4 else "AAAA")
        return [ip_address(one.address) for one in found if isinstance(one, A | AAAA)]

    def mx(self, name: str) -> list[str]:
        found = sorted((one.preference, str(one.exchange)) for one in self._ask(name, "MX") if isinstance(one, MX))
        return [host.rstrip(".").lower() for _, host in found]

    def ptr(self, address: Address) -> list[str]:
        found = self._ask(str(from_address(str(address))), "PTR")
        return [str(one.target).rstrip(".").lower() for one in found if isinstance(one, PTR)]

    def _ask(self, name: str, kind: str) -> list[object]:
        left_s = self.until - self.clock()
        if left_s <= 0:
            raise DnsAway("no time is left")
        try:
            return list(self.resolver.resolve(name, kind, lifetime=min(left_s, mail_dns_s_max / 3)))[:ANSWERS_MAX]
        except (NXDOMAIN, NoAnswer):
            return []
        except (DNSException, ValueError, OSError) as away:
            if isinstance(away, LifetimeTimeout):
                self.until = 0.0
            raise DnsAway(type(away).__name__) from away


def resolver_of(servers: Sequence[str]) -> Resolver:
    """As /etc/resolv.conf says, or these servers (address or address:port)."""
    if not servers:
        return Resolver()
    resolver = Resolver(configure=False)
    places = [one.rpartition(":") if one.count(":") == 1 else (one, "", "53") for one in servers]
    resolver.nameservers = [Do53Nameserver(host.strip("[]"), int(port)) for host, _, port in places]
    return resolver
