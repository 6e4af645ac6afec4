"""Which trunk sends from an address: single addresses are looked up, networks tried one after another."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from configdb.model import Trunk
from softswitch.sip.kept import kept

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class TrunkSources:
    """The `sources` of some trunks. A trunk's source is an address, or a network (`192.0.2.0/24`)."""

    def __init__(self, trunks: Iterable[Trunk]) -> None:
        self._alone: dict[Address, list[Trunk]] = {}
        self._within: list[tuple[Network, Trunk]] = []
        for trunk in sorted(trunks, key=lambda each: each.id):
            for source in trunk.sources:
                network = network_of(source)
                if network is None:
                    continue
                if network.num_addresses == 1:
                    self._alone.setdefault(network.network_address, []).append(trunk)
                else:
                    self._within.append((network, trunk))

    def all_at(self, address: str) -> list[Trunk]:
        """The trunks that send from an address, whatever the port."""
        parsed = address_of(address)
        if parsed is None:
            return []
        alone = self._alone.get(parsed, [])
        return [*alone, *(trunk for network, trunk in self._within if parsed in network)] if self._within else alone

    def at(self, address: str, port: int) -> Trunk | None:
        """The trunk that sends from there: one that lists this port before one that lists none; else by id."""
        found = [trunk for trunk in self.all_at(address) if not trunk.source_ports or port in trunk.source_ports]
        return min(found, key=lambda trunk: (not trunk.source_ports, trunk.id), default=None)


@kept
def address_of(text: str) -> Address | None:
    """The address; an IPv4 one that is mapped into IPv6 as IPv4 (RFC 4291 2.5.5.2). None when it is none."""
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return mapped or parsed


@kept
def network_of(text: str) -> Network | None:
    """The network, or an address as the network that has only it. None when it is neither."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
