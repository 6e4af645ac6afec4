"""The resolver's question to the system: Twisted's host name resolver (getaddrinfo in its thread pool)."""

from __future__ import annotations

from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address

from softswitch.transport.resolver import Lookup, OnAddresses


class _Collect:
    """Twisted's IResolutionReceiver."""

    def __init__(self, on_addresses: OnAddresses) -> None:
        self._on_addresses = on_addresses
        self._found: list[str] = []

    def resolutionBegan(self, resolutionInProgress: object) -> None:
        """Nothing to prepare."""

    def addressResolved(self, address: object) -> None:
        if isinstance(address, IPv4Address | IPv6Address) and address.host not in self._found:
            self._found.append(address.host)

    def resolutionComplete(self) -> None:
        self._on_addresses(tuple(self._found))


def system_lookup(reactor: Any) -> Lookup:
    """A `Lookup` for `Resolver` on an IReactorPluggableNameResolver: A and AAAA, hosts file included."""

    def look(name: str, on_addresses: OnAddresses) -> None:
        reactor.nameResolver.resolveHostName(_Collect(on_addresses), name)

    return look
