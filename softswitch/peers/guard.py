"""Who is not listened to: guessers of passwords, and scanners (asked before a message is parsed).

```
                     USER_FAILURES_MAX wrong answers in DIGEST_WINDOW_S
    user at source --------------------------------------------------------> user banned at source for USER_BAN_S
                     all users of the source together DIGEST_FAILURES_MAX,
                     by USERS_FAILED_MIN users and by more than have proven a password
    source ----------------------------------------------------------------> source banned for BAN_S
                     or USER_TRIES_MAX quick answers of a banned user, when nobody has proven a password
```
So a phone with a wrong password behind the NAT of an office loses itself, not the office; a guesser loses his address. A
ban of a user says nothing: his answers are challenged again, right or wrong. Only wrong answers to nonces that we gave to
that very address count (`Verdict.WRONG`): spoofed datagrams ban nobody. Trusted networks are never banned. An IPv6 source
is its /64. `now` is seconds of one clock that never steps back.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from configdb.reach import source_of
from softswitch.peers.limits import (
    BAN_S,
    DIGEST_FAILURES_MAX,
    DIGEST_WINDOW_S,
    PARDON_GAP_S,
    PARDON_S,
    PROVEN_S,
    SOURCES_MAX,
    USER_BAN_S,
    USER_FAILURES_MAX,
    USER_TRIES_MAX,
    USERS_FAILED_MIN,
    USERS_PER_SOURCE_MAX,
)

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

_SCANNER = re.compile("|".join(map(re.escape, SCANNERS)), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ban:
    """A source, or one user at it, that is not listened to until `until`."""

    source: str
    until: float
    user: str | None = None


@dataclass(slots=True)
class _User:
    failures: int = 0
    banned_until: float = 0.0
    tries: float = 0.0
    tried_at: float = 0.0


@dataclass(slots=True)
class _Watched:
    since: float
    users: dict[str, _User] = field(default_factory=dict)
    proven: dict[str, float] = field(default_factory=dict)

    def is_guessing(self) -> bool:
        """Whether too many fail here for it to be a few phones of an office that have a wrong password."""
        failed = [user for user in self.users.values() if user.failures]
        total = sum(user.failures for user in failed)
        return total >= DIGEST_FAILURES_MAX and len(failed) >= USERS_FAILED_MIN and len(failed) > len(self.proven)


class Guard:
    """See the module. `trusted` are addresses and networks never banned: the sources of all trunks."""

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        self._watched: dict[str, _Watched] = {}
        self._bans: dict[str, float] = {}
        self._pardons: dict[str, tuple[float, float]] = {}  # source -> (given at, good until)
        self._is_trusted: dict[str, bool] = {}
        self._networks = _networks(trusted)

    def trust(self, networks: Iterable[str]) -> None:
        """Sets the trusted networks, and lifts the bans that fall in them."""
        self._networks = _networks(networks)
        self._is_trusted.clear()
        for table in (self._bans, self._watched):
            for source in [source for source in table if self.trusts(source.partition("/")[0])]:
                del table[source]

    def trusts(self, address: str) -> bool:
        """Whether an address is never banned nor limited: cheap, asked for every datagram."""
        known = self._is_trusted.get(address)
        if known is None:
            known = _within(address, self._networks)
            _put(self._is_trusted, address, known)
        return known

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
        return until <= now or self._pardons.get(source, (0.0, 0.0))[1] > now

    def pardon(self, address: str, now: float) -> bool:
        """Listens to a banned source that makes an emergency call, for PARDON_S; one wrong password ends it."""
        source = source_of(address)
        given_at, _ = self._pardons.get(source, (now - PARDON_GAP_S, 0.0))
        if now - given_at < PARDON_GAP_S:
            return False
        self._pardons.pop(source, None)
        _put(self._pardons, source, (now, now + PARDON_S))
        return True

    def believes(self, address: str, username: str, now: float) -> bool:
        """Whether to look at an answer of that user from there at all; asked before it is verified.

        False also when this very try bans the source.
        """
        watched = self._watched.get(source_of(address))
        user = None if watched is None else watched.users.get(username)
        if watched is None or user is None or user.banned_until <= now:
            return True
        user.tries = max(0.0, user.tries - (now - user.tried_at)) + 1
        user.tried_at = now
        if user.tries > USER_TRIES_MAX - 1 and not watched.proven:
            self._ban(address, now)
        return False

    def digest_failed(self, address: str, username: str, now: float) -> bool:
        """Counts a wrong answer to our own challenge; True when the user or the source is banned by it."""
        if self.trusts(address):
            return False
        pardon = self._pardons.get(source_of(address))
        if pardon is not None:
            self._pardons[source_of(address)] = (pardon[0], 0.0)
        watched = self._watch(address, now)
        user = watched.users.pop(username, None) or _User()
        user.failures += 1
        watched.users[username] = user
        if len(watched.users) > USERS_PER_SOURCE_MAX:
            del watched.users[next(iter(watched.users))]
        if watched.is_guessing():
            self._ban(address, now)
            return True
        if user.failures >= USER_FAILURES_MAX and user.banned_until <= now:
            user.banned_until, user.tries, user.tried_at = now + USER_BAN_S, 0.0, now
            return True
        return False

    def digest_succeeded(self, address: str, username: str, now: float) -> None:
        """Forgets the failures of a user who has proven the password; others at this source are not excused by it."""
        if self.trusts(address):
            return
        watched = self._watch(address, now)
        watched.users.pop(username, None)
        watched.proven[username] = now
        if len(watched.proven) > USERS_PER_SOURCE_MAX:
            del watched.proven[next(iter(watched.proven))]

    def unban(self, source: str) -> bool:
        """Lifts the bans of an address, or of the /64 as it is listed, and of its users; False when there was none."""
        key = source if "/" in source else source_of(source)
        banned = self._bans.pop(key, None) is not None
        watched = self._watched.pop(key, None)
        return banned or (watched is not None and any(user.banned_until for user in watched.users.values()))

    def bans(self, now: float) -> tuple[Ban, ...]:
        """The bans in force: sources, then users."""
        sources = [Ban(source, until) for source, until in self._bans.items() if until > now]
        users = [
            Ban(source, user.banned_until, name)
            for source, watched in self._watched.items()
            for name, user in watched.users.items()
            if user.banned_until > now
        ]
        return (*sources, *users)

    @property
    def sources(self) -> int:
        """Sources remembered, for their failures or their proofs."""
        return len(self._watched)

    def _watch(self, address: str, now: float) -> _Watched:
        source = source_of(address)
        watched = self._watched.pop(source, None)
        if watched is None or now - watched.since > DIGEST_WINDOW_S:
            fresh = _Watched(now)
            if watched is not None:
                fresh.users = {name: user for name, user in watched.users.items() if user.banned_until > now}
                fresh.proven = {name: at for name, at in watched.proven.items() if now - at < PROVEN_S}
            watched = fresh
        _put(self._watched, source, watched)
        return watched

    def _ban(self, address: str, now: float) -> None:
        source = source_of(address)
        self._bans.pop(source, None)
        self._watched.pop(source, None)
        _put(self._bans, source, now + BAN_S)


def _networks(texts: Iterable[str]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    found = []
    for text in texts:
        try:
            found.append(ipaddress.ip_network(text, strict=False))
        except ValueError:
            continue  # a host name: a trunk by name is known by its addresses only
    return tuple(found)


def _within(address: str, networks: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return any((mapped or parsed) in network for network in networks)


def is_scanner(user_agent: str | None) -> bool:
    """Whether a User-Agent names a known scanner: drop its requests without an answer."""
    return user_agent is not None and _SCANNER.search(user_agent) is not None


def _put(table: dict[str, T], key: str, value: T) -> None:
    table[key] = value
    if len(table) > SOURCES_MAX:
        del table[next(iter(table))]
