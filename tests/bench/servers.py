"""The servers that the SIP benchmark measures: a whole node, and peers, all on one core (`SERVER_CORE`)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from configdb.log import Change
from configdb.model import SYSTEM
from installer import demo_tenant
from installer.seed import ha1
from tests.interop.node import PROGRAMS, Running, eventually

SERVER_CORE, LOAD_CORE = min(os.sched_getaffinity(0)), max(os.sched_getaffinity(0))
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
NUMBER, OUTSIDE = "+12025550130", "+12025550199"
PASSWORD = "bench-password"
TRANSACTION_CHANGES = 500
IDLE_S_MAX = 0.1


class Server(Protocol):
    """What is measured. Calls of the load's port to `number` at `address` go on to `gateway_port`."""

    name: str
    number: str

    @property
    def address(self) -> str:
        """Where it listens."""

    @property
    def caller_port(self) -> int:
        """Where the load's calls come from."""

    @property
    def probe_port(self) -> int:
        """Where a few calls of another program come from."""

    @property
    def gateway_port(self) -> int:
        """Where its calls go on to."""

    def pids(self) -> dict[str, int]:
        """Its processes by name; "switch" is the one that signals."""


def cpu_s(pid: int) -> float:
    """User and system seconds of a process and all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def memory_kb(pid: int) -> int:
    """Resident memory without what is shared with files."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """What is started inside stays on that core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@dataclass
class Node:
    """Everything that an operator starts, with a trunk whose calls to one number go out again through it."""

    running: Running
    name: str = "softswitch"
    number: str = NUMBER

    @classmethod
    @contextmanager
    def started(cls, folder: Path) -> Iterator[Node]:
        """From nothing to calls."""
        limits = ("CALLS_PER_S_MAX", "CALLS_MAX", "SOURCE_REGISTERS_PER_S_MAX", "SOURCE_OTHERS_PER_S_MAX")
        environment = {f"SOFTSWITCH_{name}": "10000" for name in limits}
        with on_core(SERVER_CORE):
            running = Running(folder / "data", environment, rtp_pairs=4000).start()
        try:
            target = {"kind": "number", "id": OUTSIDE}
            running.change(demo_tenant.TENANT, "number", NUMBER, {"id": NUMBER, "label": "Bench", "target": target})
            ports = tuple(running.carrier_ports)
            trunk = {**demo_tenant.trunk(ports, ports[0]), "channels_max": 100_000}
            running.change(SYSTEM, "trunk", demo_tenant.TRUNK, trunk)
            tenant = running.config.directory.tenants[demo_tenant.TENANT].tenant.model_dump() | {"record_calls": False}
            running.change(demo_tenant.TENANT, "tenant", demo_tenant.TENANT, tenant)
            node = cls(running)
            eventually(lambda: node.is_idle(), what="its processes to have begun")
            yield node
        finally:
            running.stop()

    @property
    def address(self) -> str:
        """Where it listens."""
        return self.running.sip

    @property
    def gateway_port(self) -> int:
        """Where its trunk's calls go."""
        return self.running.carrier_ports[0]

    @property
    def caller_port(self) -> int:
        """Where its trunk's calls come from."""
        return self.running.carrier_ports[1]

    @property
    def probe_port(self) -> int:
        """Where a few calls of another program come from."""
        return self.running.carrier_ports[2]

    def pids(self) -> dict[str, int]:
        """Its five processes."""
        return {name: self.running.pid(name) for name in PROGRAMS}

    def is_idle(self) -> bool:
        """Whether none of them had much to do in the last second: history and pages begin later than calls."""
        began = {pid: cpu_s(pid) for pid in self.pids().values()}
        time.sleep(1.0)
        return all(cpu_s(pid) - before < IDLE_S_MAX for pid, before in began.items())

    def add_tenants(self, count: int, until: int) -> None:
        """As many tenants more, each with a user and a number; they are numbered and end before `until`."""
        for index in range(until - count, until):
            id = f"bench-{index}"
            number = f"+1312{5550000 + index:07d}"
            made = [
                Change("tenant", id, {"id": id, "name": id}),
                Change("user", "u", {"id": "u", "name": "A User", "extension": "101", "role": "user"}),
                Change("number", number, {"id": number, "target": {"kind": "user", "id": "u"}}),
            ]
            self.running.config.transact(id, made, "bench", "scale")
        self.running.wait_followed()

    def add_phones(self, count: int) -> list[str]:
        """As many phones more in the tenant; their names."""
        names = [f"bench{index:05d}" for index in range(count)]
        if names[-1] in self.running.config.directory.tenants[demo_tenant.TENANT].devices:
            return names
        for start in range(0, count, TRANSACTION_CHANGES):
            made = []
            for name in names[start : start + TRANSACTION_CHANGES]:
                md5, sha256 = ha1(name, demo_tenant.REALM, PASSWORD)
                device = {"id": name, "user": "ben", "username": name, "ha1_md5": md5, "ha1_sha256": sha256}
                made.append(Change("device", name, device))
            self.running.config.transact(demo_tenant.TENANT, made, "bench", "phones")
        self.running.wait_followed()
        return names
