"""Which ports a node takes: the ones asked for, else the next free ones, said aloud."""

from __future__ import annotations

import fcntl
import socket
import struct
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress

TRIES_MAX = 200
SIOCGIFADDR = 0x8915


class NoPort(Exception):
    """Nothing free near the port that was asked for."""


def free(host: str, port: int, *kinds: socket.SocketKind) -> bool:
    """True when every kind of socket can be bound there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for kind in kinds:
        with socket.socket(family, kind) as probe:
            if kind is socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family is socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def free_udp(host: str, port: int) -> bool:
    """True when a datagram socket can be bound there now."""
    return free(host, port, socket.SOCK_DGRAM)


def next_free(hosts: Sequence[str], wanted: int, *kinds: socket.SocketKind, but: Collection[int] = frozenset()) -> int:
    """The first port from `wanted` up that is free on all hosts and none of `but`. Raises `NoPort`."""
    for port in range(wanted, min(wanted + TRIES_MAX, 65_536)):
        if port not in but and all(free(host, port, *kinds) for host in hosts):
            return port
    raise NoPort(f"no free port from {wanted} to {wanted + TRIES_MAX} on {', '.join(hosts)}")


def next_free_stream(host: str, wanted: int) -> int:
    """The first port from `wanted` up on which one can listen there. Raises `NoPort`."""
    return next_free((host,), wanted, socket.SOCK_STREAM)


def next_free_range(host: str, low: int, high: int) -> tuple[int, int]:
    """A range of UDP ports of the same size whose ends and middle are free, from `low` up. Raises `NoPort`."""
    size = high - low
    for start in range(low, 65_536 - size, size + 1):
        if all(free(host, port, socket.SOCK_DGRAM) for port in (start, start + 1, start + size // 2, start + size)):
            return start, start + size
    raise NoPort(f"no {size + 1} free ports from {low} on {host}")


def split_range(low: int, high: int, parts: int) -> list[tuple[int, int]]:
    """A range of ports in as many of equal size, each from an even port on."""
    size = (high - low + 1) // parts // 2 * 2
    return [(low + size * part, low + size * (part + 1) - 1) for part in range(parts)]


def one_of_a_family(hosts: Sequence[str]) -> tuple[str, ...]:
    """The first IPv4 and the first IPv6 address of some, as others reach them, in their order."""
    first: dict[bool, str] = {}
    for host in hosts:
        first.setdefault(":" in host, reachable_address(host))
    return tuple(first.values())


def reachable_address(host: str) -> str:
    """The address others reach this machine at when it listens on all of them: that of the default route, else the first one."""
    if host not in ("0.0.0.0", "::"):
        return host
    version, far = (socket.AF_INET6, "2001:db8::1") if host == "::" else (socket.AF_INET, "192.0.2.1")
    with socket.socket(version, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((far, 9))  # of a datagram socket: looks up the route, sends nothing
            return str(probe.getsockname()[0])
        except OSError:
            found = _addresses_v6() if host == "::" else _addresses_v4(probe)
            return next(found, "::1" if host == "::" else "127.0.0.1")


def _addresses_v4(probe: socket.socket) -> Iterator[str]:
    """Of the interfaces that are no loopback, in order (netdevice(7))."""
    for _, name in socket.if_nameindex():
        with suppress(OSError):  # it has none
            answer = fcntl.ioctl(probe.fileno(), SIOCGIFADDR, struct.pack("256s", name.encode()))
            if not (address := socket.inet_ntoa(answer[20:24])).startswith("127."):
                yield address


def _addresses_v6() -> Iterator[str]:
    """Of global scope, in order; none where there is no IPv6."""
    with suppress(OSError), open("/proc/net/if_inet6") as table:
        for line in table:
            text, _, _, scope, *_ = line.split()
            if scope == "00":
                yield socket.inet_ntop(socket.AF_INET6, bytes.fromhex(text))
