"""How many connections there are, in all and from one place: one count over all stream transports of the node.

One place is an IPv4 address or an IPv6 /64, which any single subscriber has to himself (RFC 6177).
"""

from __future__ import annotations

import ipaddress
from collections import Counter

from softswitch.transport.limits import CONNECTIONS_MAX, CONNECTIONS_PER_PLACE_MAX


class Crowd:
    """Counts in and out."""

    def __init__(self, total_max: int = CONNECTIONS_MAX, place_max: int = CONNECTIONS_PER_PLACE_MAX) -> None:
        self._total_max = total_max
        self._place_max = place_max
        self._places: Counter[str] = Counter()
        self.total = 0

    def has_room(self, host: str) -> bool:
        """Whether one more connection with that address may be."""
        return self.total < self._total_max and self._places[place_of(host)] < self._place_max

    def enter(self, host: str) -> None:
        """One more."""
        self.total += 1
        self._places[place_of(host)] += 1

    def leave(self, host: str) -> None:
        """One less."""
        place = place_of(host)
        self.total -= 1
        self._places[place] -= 1
        if self._places[place] <= 0:
            del self._places[place]


def place_of(host: str) -> str:
    """The address, or the /64 of an IPv6 one."""
    if ":" not in host:
        return host
    try:
        return str(ipaddress.ip_network(f"{host.partition('%')[0]}/64", strict=False))
    except ValueError:
        return host
