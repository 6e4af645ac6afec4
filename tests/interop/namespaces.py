"""Machines of a network of its own: Linux network namespaces on one bridge, each with an address, whose links can be cut.

Needs root and iproute2; nothing of the machine's own network is touched. A cut is silent, as a network's is: what is sent goes
to nobody (an entry of the neighbour table, RFC 826, that names nobody), connections stay open and stall, and go on when it heals.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import signal
import subprocess
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SUBNET = "198.18.0"  # for tests of networks (RFC 2544)
NOBODY = "02:00:00:00:00:01"
CLONE_NEWNET = 0x40000000
LEFT = re.compile(r"\.(\d+)-[0-9a-f]{4}$")
"""The end of a namespace's name: the process that made it."""

_libc = ctypes.CDLL(None, use_errno=True)


class Machines:
    """By name, in order: the first one has .1. `close` ends what still runs in them; those of tests that were killed go first."""

    def __init__(self, names: Sequence[str]) -> None:
        for name in _ip("netns", "list").split():
            if (left := LEFT.search(name)) and not Path(f"/proc/{left[1]}").exists():
                _remove(name)
        self._mark = f"{os.getpid()}-{uuid.uuid4().hex[:4]}"
        self._numbers = {name: number for number, name in enumerate(names, 1)}
        self._made: list[str] = []
        self._cut: set[tuple[str, str]] = set()
        try:
            self._make()
        except BaseException:
            self.close()
            raise

    def _make(self) -> None:
        hub = self._namespace("hub")
        _ip("-n", hub, "link", "add", "bridge", "type", "bridge")
        _ip("-n", hub, "link", "set", "bridge", "up")
        for name, number in self._numbers.items():
            own = self._namespace(name)
            _ip("-n", hub, "link", "add", f"to{number}", "type", "veth", "peer", "name", "eth0", "netns", own)
            _ip("-n", hub, "link", "set", f"to{number}", "master", "bridge", "up")
            _ip("-n", own, "addr", "add", f"{self.address(name)}/24", "dev", "eth0")
            for device in ("eth0", "lo"):
                _ip("-n", own, "link", "set", device, "up")

    def _namespace(self, name: str) -> str:
        made = f"{name}.{self._mark}"
        _ip("netns", "add", made)
        self._made.append(made)
        return made

    def address(self, name: str) -> str:
        """Where a machine is."""
        return f"{SUBNET}.{self._numbers[name]}"

    @contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """What this thread opens and starts for the length of the context is on that machine; it stays there."""
        before, there = os.open("/proc/thread-self/ns/net", os.O_RDONLY), -1
        try:
            there = os.open(f"/run/netns/{name}.{self._mark}", os.O_RDONLY)
            _enter(there)
            yield
        finally:
            _enter(before)
            for descriptor in (before, there):
                if descriptor >= 0:
                    os.close(descriptor)

    def cut(self, here: Iterable[str], there: Iterable[str]) -> None:
        """Nothing gets from one side to the other."""
        others = list(there)
        for pair in ((a, b) for one in here for other in others for a, b in ((one, other), (other, one))):
            self._cut.add(pair)
            self._neighbour("replace", *pair, "lladdr", NOBODY, "nud", "permanent")

    def heal(self) -> None:
        """All links are whole."""
        while self._cut:
            self._neighbour("del", *self._cut.pop())

    def _neighbour(self, what: str, name: str, other: str, *more: str) -> None:
        _ip("-n", f"{name}.{self._mark}", "neigh", what, self.address(other), *more, "dev", "eth0")

    def close(self) -> None:
        """Kills what is left in them, and takes them away."""
        while self._made:
            _remove(self._made.pop())


@contextmanager
def machines(names: Sequence[str]) -> Iterator[Machines]:
    """Machines for a while."""
    made = Machines(names)
    try:
        yield made
    finally:
        made.close()


def _remove(name: str) -> None:
    for pid in _ip("netns", "pids", name).split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    _ip("netns", "del", name)


def _ip(*words: str) -> str:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    assert 0 == done.returncode, f"ip {' '.join(words)}: {done.stderr}"
    return done.stdout


def _enter(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
