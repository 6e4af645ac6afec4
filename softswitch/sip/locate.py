"""Where a request goes: transport, addresses and ports of a URI by NAPTR, SRV, A and AAAA records (RFC 3263 4, RFC 2782).

`locate` is a generator that asks: it yields a `Question`, is sent the records that answer it (none: ()), and returns
the targets in the order to try them. Whoever drives it does the asking; it may cut in with what it knows.

```
  numeric host ------------------------------------------------------------------------> target
  name, port ----------------------------------------------------- A, AAAA ------------> targets
  name, transport ------------------- SRV -- records ------------- A, AAAA of each ----> targets
         |                             \\-- none ---------------- A, AAAA, 5060/5061 --> targets
  name only -- NAPTR -- services of ours -- SRV of each in order (as above)
                 \\-- none -- SRV of each of our transports; none of them: A, AAAA, UDP (sips: TLS)
```
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal, Protocol, TypeAlias, get_args

from softswitch.sip.kept import kept
from softswitch.sip.limits import TARGETS_MAX

Transport = Literal["udp", "tcp", "tls", "ws", "wss"]
TRANSPORTS: tuple[Transport, ...] = get_args(Transport)
SECURE: frozenset[Transport] = frozenset({"tls", "wss"})

_DEFAULT_PORTS: dict[Transport, int] = {"udp": 5060, "tcp": 5060, "tls": 5061, "ws": 80, "wss": 443}
_SERVICES: dict[str, Transport] = {
    "sip+d2u": "udp",
    "sip+d2t": "tcp",
    "sips+d2t": "tls",
    "sip+d2w": "ws",
    "sips+d2w": "wss",
}
_SRV_PREFIXES: dict[Transport, str] = {
    "udp": "_sip._udp.",
    "tcp": "_sip._tcp.",
    "tls": "_sips._tcp.",
    "ws": "_sip._ws.",
    "wss": "_sips._ws.",
}


class Rng(Protocol):
    """A source of chance, as `random.Random(seed)`."""

    def random(self) -> float:
        """A number in [0, 1)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a URI says: None where it says nothing. `secure`: a sips URI, only TLS will do."""

    host: str
    port: int | None = None
    transport: Transport | None = None
    secure: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """One numeric address to try; `domain` is the name that a TLS certificate must prove (RFC 5922 4)."""

    host: str
    port: int
    transport: Transport
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question to the DNS: "A" and "AAAA" are asked as one, "ADDRESS"."""

    kind: Literal["NAPTR", "SRV", "ADDRESS"]
    name: str


@dataclass(frozen=True, slots=True)
class Naptr:
    """One NAPTR record (RFC 3403 4)."""

    order: int
    preference: int
    flags: str
    service: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Srv:
    """One SRV record (RFC 2782)."""

    priority: int
    weight: int
    port: int
    target: str


Record: TypeAlias = Naptr | Srv | str
"""A string is an address."""

Asking: TypeAlias = Generator[Question, Sequence[Record], tuple[Target, ...]]
_Finding: TypeAlias = Generator[Question, Sequence[Record], list[Target]]


def default_port(transport: Transport) -> int:
    """The port of a transport when none is said."""
    return _DEFAULT_PORTS[transport]


def locate(
    wanted: Wanted, ours: Sequence[Transport], rng: Rng, reachable: Callable[[str], bool] = lambda address: True
) -> Asking:
    """The targets of a request; empty when there are none.

    ours: the transports we can send on, preferred first.  reachable: whether we have a way to an address (its family).
    """
    host = wanted.host.lower().rstrip(".")
    domain = wanted.host.rstrip(".")
    kinds = _allowed(wanted, ours)
    if not kinds:
        return ()
    if is_numeric(host) or wanted.port is not None:
        kind = _plain(wanted, kinds)
        if kind is None:
            return ()
        found = yield from _addresses(host, wanted.port or default_port(kind), kind, domain)
    else:
        found = yield from _by_service(wanted, host, kinds, domain, rng)
        if not found and (kind := _plain(wanted, kinds)) is not None:
            found = yield from _addresses(host, default_port(kind), kind, domain)
    return tuple([target for target in dict.fromkeys(found) if reachable(target.host)][:TARGETS_MAX])


def order_services(records: Iterable[Record], kinds: Collection[Transport]) -> list[tuple[Transport, str]]:
    """(transport, name for SRV) of the NAPTR records that we can use, in their order (RFC 3263 4.1)."""
    usable = [
        (record.order, record.preference, _SERVICES[record.service.lower()], record.replacement)
        for record in records
        if isinstance(record, Naptr) and record.flags.lower() == "s" and record.service.lower() in _SERVICES
    ]
    return [(kind, name) for _, _, kind, name in sorted(usable, key=lambda each: each[:2]) if kind in kinds]


def order_servers(records: Iterable[Record], rng: Rng) -> list[Srv]:
    """SRV records in the order to try them: lower priority first, within one drawn by weight (RFC 2782)."""
    by_priority: dict[int, list[Srv]] = {}
    for record in records:
        if isinstance(record, Srv) and record.target.rstrip("."):  # "." says that there is no such service
            by_priority.setdefault(record.priority, []).append(record)
    return list(chain.from_iterable(_drawn(by_priority[priority], rng) for priority in sorted(by_priority)))


@kept
def is_numeric(host: str) -> bool:
    """Whether this is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _allowed(wanted: Wanted, ours: Sequence[Transport]) -> list[Transport]:
    """Of our transports those the URI allows. A WebSocket is never guessed: it must be asked for."""
    if wanted.transport is not None:
        return [kind for kind in ours if kind == wanted.transport and (kind in SECURE or not wanted.secure)]
    return [kind for kind in ours if kind not in ("ws", "wss") and (kind in SECURE or not wanted.secure)]


def _plain(wanted: Wanted, kinds: Sequence[Transport]) -> Transport | None:
    """The transport when only the URI decides: the one it names, else TLS for sips and UDP for sip (4.1)."""
    kind: Transport = wanted.transport or ("tls" if wanted.secure else "udp")
    return kind if kind in kinds else None


def _by_service(wanted: Wanted, host: str, kinds: Sequence[Transport], domain: str, rng: Rng) -> _Finding:
    services: list[tuple[Transport, str]] = []
    if wanted.transport is None:
        services = order_services((yield Question("NAPTR", host)), kinds)
    found: list[Target] = []
    services = services or [(kind, _SRV_PREFIXES[kind] + host) for kind in kinds]
    for kind, name in services[:TARGETS_MAX]:
        records = yield Question("SRV", name.lower().rstrip("."))
        for server in order_servers(records, rng)[:TARGETS_MAX]:
            found += yield from _addresses(server.target.lower().rstrip("."), server.port, kind, domain)
        if len(found) >= TARGETS_MAX:
            break
    return found


def _addresses(host: str, port: int, kind: Transport, domain: str) -> _Finding:
    if is_numeric(host):
        return [Target(host, port, kind, domain)]
    records = yield Question("ADDRESS", host)
    return [Target(record, port, kind, domain) for record in records if isinstance(record, str)]


def _drawn(records: list[Srv], rng: Rng) -> list[Srv]:
    """One priority: a number up to the sum of weights falls on a record; those of weight 0 stand first (RFC 2782)."""
    left = sorted(records, key=lambda record: (record.weight > 0, rng.random()))
    drawn = []
    while left:
        mark = int(rng.random() * (sum(record.weight for record in left) + 1))
        chosen = left[0]
        for chosen in left:
            mark -= chosen.weight
            if mark <= 0:
                break
        left.remove(chosen)
        drawn.append(chosen)
    return drawn
