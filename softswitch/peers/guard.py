"""Who is not listened to: sources that guess passwords, and scanners (asked before a message is parsed).

```
                      DIGEST_FAILURES_MAX wrong answers in DIGEST_WINDOW_S
    watched (failures) ------------------------------------------------> banned
       ^    |  right answer: forgotten                                      |
       +----+-------------------------- BAN_S later, or unban --------------+
```
Only wrong answers to nonces that we gave to that very address count (`Verdict.WRONG`): spoofed datagrams ban nobody.
Trunks are never banned. An IPv6 source is its /64. `now` is seconds of one clock that never steps back.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from softswitch.peers.identify import is_within
from softswitch.peers.limits import BAN_S, DIGEST_FAILURES_MAX, DIGEST_WINDOW_S, SOURCES_MAX

T = TypeVar("T")

SCANNERS = (
    "friendly-scanner",
    "friendly-request",
    "sipvicious",
    "sip-scan",
    "sipcli",
    "sipsak",
    "iwar",
    "vaxsipuseragent",
    "pplsip",
    "sundayddr",
)
"""Names in the User-Agent of scanners, in lower case: they get no answer at all."""


@dataclass(frozen=True, slots=True)
class Ban:
    """A source that is not listened to until `until`."""

    source: str
    until: float


@dataclass(slots=True)
class _Watched:
    since: float
    failures: int = 0


class Guard:
    """See the module. `trusted` are addresses and networks never banned: the sources of all trunks."""

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        self._trusted = tuple(trusted)
        self._watched: dict[str, _Watched] = {}
        self._bans: dict[str, float] = {}

    def trust(self, networks: Iterable[str]) -> None:
        """Sets the trusted networks, and lifts the bans that fall in them."""
        self._trusted = tuple(networks)
        for source in [source for source in self._bans if self._is_trusted(source)]:
            del self._bans[source]

    def admits(self, address: str, now: float) -> bool:
        """Whether to listen to an address: cheap, asked for every datagram."""
        if not self._bans:
            return True
        source = source_of(address)
        until = self._bans.get(source)
        if until is None:
            return True
        if until <= now:
            del self._bans[source]
        return until <= now

    def digest_failed(self, address: str, now: float) -> bool:
        """Counts a wrong answer to our own challenge; True when the source is banned by it."""
        if self._is_trusted(address):
            return False
        source = source_of(address)
        watched = self._watched.pop(source, None)
        if watched is None or now - watched.since > DIGEST_WINDOW_S:
            watched = _Watched(now)
        watched.failures += 1
        if watched.failures >= DIGEST_FAILURES_MAX:
            self._bans.pop(source, None)
            _put(self._bans, source, now + BAN_S)
            return True
        _put(self._watched, source, watched)
        return False

    def digest_succeeded(self, address: str) -> None:
        """Forgets the failures of a source that has proven a password."""
        self._watched.pop(source_of(address), None)

    def unban(self, address: str) -> bool:
        """Lifts a ban; False when there was none."""
        return self._bans.pop(source_of(address), None) is not None

    def bans(self, now: float) -> tuple[Ban, ...]:
        """The bans in force."""
        return tuple(Ban(source, until) for source, until in self._bans.items() if until > now)

    def _is_trusted(self, source: str) -> bool:
        address = source.partition("/")[0]
        return any(is_within(address, network) for network in self._trusted)


def is_scanner(user_agent: str | None) -> bool:
    """Whether a User-Agent names a known scanner: drop its requests without an answer."""
    if not user_agent:
        return False
    name = user_agent.lower()
    return any(scanner in name for scanner in SCANNERS)


def source_of(address: str) -> str:
    """What an address is counted under: itself, or the /64 of an IPv6 address."""
    if ":" not in address:
        return address
    try:
        parsed = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((parsed, 64), strict=False))


def _put(table: dict[str, T], key: str, value: T) -> None:
    table[key] = value
    if len(table) > SOURCES_MAX:
        del table[next(iter(table))]
