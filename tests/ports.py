"""Ports of this machine for programs that tests start: each is given once, to one process of the tests, until that ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

SERVER_PORTS = range(10_000, 20_000)
"""Below the RTP ports, and below what Linux gives to outgoing connections (32768-60999)."""
MEDIA_PORTS = 4
"""What SIPp takes for media."""
CLAIMS = Path(tempfile.gettempdir()) / f"softswitch-test-ports-{os.getuid()}"
"""Its bytes stand for ports: who holds the lock of one has that port. The kernel frees the locks of a process that ends."""

_given: set[int] = set()
_claims: list[int] = []


def free_port() -> int:
    """One of `free_ports`."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Ports that nobody else of the tests has or gets, and that no other program held a moment ago, over UDP and TCP."""
    return [port for (port,) in _runs(count, 1)]


def media_port() -> int:
    """The first of four ports on end for SIPp's media: without them it ends at once."""
    ((first, *_),) = _runs(1, MEDIA_PORTS)
    return first


def _runs(count: int, length: int) -> list[range]:
    """So many runs of ports on end."""
    found: list[range] = []
    for first in random.sample(SERVER_PORTS[::length], len(SERVER_PORTS) // length):
        ports = range(first, first + length)
        if all(map(_claimed, ports)) and all(map(_is_free, ports)):
            found.append(ports)
        if len(found) == count:
            return found
    raise OSError(f"of {len(SERVER_PORTS)} ports {len(_given)} were given here: there are no more")


def _claimed(port: int) -> bool:
    """Whether it is ours from now on; no port is given twice."""
    if port in _given:
        return False
    if not _claims:
        _claims.append(os.open(CLAIMS, os.O_RDWR | os.O_CREAT, 0o600))
    try:
        fcntl.lockf(_claims[0], fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    _given.add(port)
    return True


def _is_free(port: int) -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
        datagram.bind(("", port))
        with socket.socket() as stream:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            stream.bind(("", port))
            return True
    return False
