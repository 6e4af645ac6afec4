"""A DNS that says what a test wants."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address

from mgmt.mailin.lookup import Address, DnsAway


@dataclass
class Names:
    """`text` by name; `hosts` addresses by name; `exchangers`; `away`: names for which nobody answers."""

    text: dict[str, list[str]] = field(default_factory=dict)
    hosts: dict[str, list[str]] = field(default_factory=dict)
    exchangers: dict[str, list[str]] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)

    def _there(self, name: str) -> None:
        if name in self.away:
            raise DnsAway(name)

    def txt(self, name: str) -> list[str]:
        self._there(name)
        return self.text.get(name.lower(), [])

    def addresses(self, name: str, version: int) -> list[Address]:
        self._there(name)
        found = [ip_address(one) for one in self.hosts.get(name.lower(), [])]
        return [one for one in found if one.version == version]

    def mx(self, name: str) -> list[str]:
        self._there(name)
        return self.exchangers.get(name.lower(), [])

    def ptr(self, address: Address) -> list[str]:
        return self.names.get(str(address), [])
