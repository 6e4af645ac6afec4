"""Host names to numeric addresses (RFC 3263 4.2; no NAPTR, SRV): numeric at once, others cached, failures too."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from softswitch.transport.clock import Clock
from softswitch.transport.limits import NAME_NEGATIVE_S_MAX, NAME_S_MAX, NAMES_MAX, WAITERS_MAX

OnAddresses = Callable[[tuple[str, ...]], None]
OnError = Callable[[str], None]
Lookup = Callable[[str, OnAddresses], None]
"""Looks a name up and gives its addresses, empty when there are none; exactly once, at any time."""


@dataclass(frozen=True, slots=True)
class _Known:
    addresses: tuple[str, ...]
    until_s: float


class Resolver:
    """One question per name at a time; answers are kept NAME_S_MAX, failures NAME_NEGATIVE_S_MAX."""

    def __init__(self, clock: Clock, lookup: Lookup) -> None:
        self._clock = clock
        self._lookup = lookup
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._waiting: dict[str, list[tuple[OnAddresses, OnError]]] = {}

    def resolve(self, host: str, on_addresses: OnAddresses, on_error: OnError) -> None:
        """Calls one of the two, once; at once when the host is numeric or known. At least one address is given."""
        if is_numeric(host):
            return on_addresses((host,))
        name = host.lower().rstrip(".")
        known = self._known.get(name)
        if known is not None and known.until_s > self._clock.seconds():
            return _tell(known.addresses, name, on_addresses, on_error)
        return self._ask(name, on_addresses, on_error)

    def _ask(self, name: str, on_addresses: OnAddresses, on_error: OnError) -> None:
        waiting = self._waiting.setdefault(name, [])
        if len(waiting) >= WAITERS_MAX:
            return on_error(f"too many wait for the name {name}")
        waiting.append((on_addresses, on_error))
        if len(waiting) == 1:
            self._lookup(name, lambda addresses: self._answered(name, addresses))
        return None

    def _answered(self, name: str, addresses: tuple[str, ...]) -> None:
        life_s = NAME_S_MAX if addresses else NAME_NEGATIVE_S_MAX
        self._known[name] = _Known(addresses, self._clock.seconds() + life_s)
        self._known.move_to_end(name)
        if len(self._known) > NAMES_MAX:
            self._known.popitem(last=False)
        for on_addresses, on_error in self._waiting.pop(name, []):
            _tell(addresses, name, on_addresses, on_error)


def is_numeric(host: str) -> bool:
    """Whether this is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _tell(addresses: tuple[str, ...], name: str, on_addresses: OnAddresses, on_error: OnError) -> None:
    if addresses:
        on_addresses(addresses)
    else:
        on_error(f"no address for {name}")
