"""Which ports a node takes: the ones asked for, else the next free ones, said aloud."""

from __future__ import annotations

import socket

TRIES_MAX = 200


class NoPort(Exception):
    """Nothing free near the port that was asked for."""


def free(host: str, port: int, *kinds: socket.SocketKind) -> bool:
    """True when every kind of socket can be bound there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for kind in kinds:
        with socket.socket(family, kind) as probe:
            if kind is socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def free_udp(host: str, port: int) -> bool:
    """True when a datagram socket can be bound there now."""
    return free(host, port, socket.SOCK_DGRAM)


def next_free(host: str, wanted: int, *kinds: socket.SocketKind) -> int:
    """The first free port from `wanted` up. Raises `NoPort`."""
    for port in range(wanted, min(wanted + TRIES_MAX, 65_536)):
        if free(host, port, *kinds):
            return port
    raise NoPort(f"no free port from {wanted} to {wanted + TRIES_MAX} on {host}")


def next_free_range(host: str, low: int, high: int) -> tuple[int, int]:
    """A range of UDP ports of the same size whose ends and middle are free, from `low` up. Raises `NoPort`."""
    size = high - low
    for start in range(low, 65_536 - size, size + 1):
        if all(free(host, port, socket.SOCK_DGRAM) for port in (start, start + 1, start + size // 2, start + size)):
            return start, start + size
    raise NoPort(f"no {size + 1} free ports from {low} on {host}")


def reachable_address(host: str) -> str:
    """The address others reach this machine at when it listens on all of them: that of the default route."""
    if host not in ("0.0.0.0", "::"):
        return host
    version, far = (socket.AF_INET6, "2001:db8::1") if host == "::" else (socket.AF_INET, "192.0.2.1")
    with socket.socket(version, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((far, 9))  # of a datagram socket: looks up the route, sends nothing
            return str(probe.getsockname()[0])
        except OSError:
            return "::1" if host == "::" else "127.0.0.1"
