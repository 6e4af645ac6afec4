"""Three whole nodes on three loopback addresses, or on machines of their own, which join as an operator has them join."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tests.interop.namespaces import Machines
from tests.interop.node import Running, eventually
from tests.ports import free_ports

NAMES = ("node-1", "node-2", "node-3")


def addresses() -> tuple[str, ...]:
    """Three of loopback that no other process uses: the third octet is from a port that was free."""
    (port,) = free_ports(1)
    return tuple(f"127.{1 + port // 256 % 254}.{port % 256}.{number}" for number in (1, 2, 3))


class Three:
    """The nodes by name. The first one has the demo tenant, its carrier and the passwords of the phones.

    machines: those of the same names, on which they are.
    """

    def __init__(
        self, environments: Mapping[str, dict[str, str]] | None = None, machines: Machines | None = None
    ) -> None:
        self.nodes: dict[str, Running] = {}
        self._environments, self._machines = environments or {}, machines

    def start(self, folder: Path) -> None:
        """All three; returns when they know each other."""
        machines = self._machines
        hosts = addresses() if machines is None else tuple(map(machines.address, NAMES))
        first = self.nodes["node-1"] = Running(folder / "node-1", self._of("node-1"), listen=hosts[0])
        self._place("node-1")
        first.start()
        invited = [sys.executable, "-m", "softswitch.cli", "cluster", "invite", "--data", str(first.data), "--json"]
        with open(folder / "invite.log", "wb") as log, first.inside():
            invitation = subprocess.Popen(
                [*invited, "--count", "2"],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, **first.environment},
            )
        try:
            assert invitation.stdout is not None
            token = json.loads(invitation.stdout.readline())["token"]
            for number, host in enumerate(hosts[1:], 2):
                name, joins = f"node-{number}", ("--join", token)
                node = Running(folder / name, self._of(name), listen=host, arguments=joins, seeded=False)
                self.nodes[name] = node
                self._place(name)
                node.start()
            assert 0 == invitation.wait(120), (folder / "invite.log").read_text()
        finally:
            invitation.kill()
            invitation.communicate()
        for node in self.nodes.values():
            node.passwords, node.carrier_ports = first.passwords, first.carrier_ports
            self.wait_met(node)
            node.wait_followed(first.config.directory.sequence)

    def _place(self, name: str) -> None:
        if self._machines is not None:
            self.nodes[name].inside = partial(self._machines.inside, name)

    def _of(self, name: str) -> dict[str, str]:
        return dict(self._environments.get(name, {}))

    def wait_met(self, node: Running) -> None:
        """Until it knows both others."""
        eventually(lambda: len(self.cluster(node)["others"]) == 2, 30, "the nodes to meet")

    def cluster(self, node: Running) -> dict[str, Any]:
        """What a node says of the others."""
        return dict(node.api.get("/api/v1/status")["switch"]["cluster"])

    def home(self) -> Running:
        """The node that serves the demo tenant; while it is handed over, two may say so."""

        def only() -> Running | None:
            found = [node for node in self.living() if self.cluster(node)["tenants"] == 1]
            return found[0] if len(found) == 1 else None

        return eventually(only, 30, "one home")

    def away(self) -> list[Running]:
        """The living others."""
        home = self.home()
        return [node for node in self.living() if node is not home]

    def living(self) -> list[Running]:
        """Those whose supervisor runs."""
        return [node for node in self.nodes.values() if node.process is not None and node.process.poll() is None]

    def kill(self, *nodes: Running) -> float:
        """kill -9 of everything at once, as when the power is cut: nobody says good-bye. When it was, in epoch seconds."""
        for node in nodes:
            assert node.process is not None
            node.let_go()
            node.process.send_signal(signal.SIGSTOP)  # it shall not start again what dies first
        pids, at = [pid for node in nodes for pid in node.pids()], time.time()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        for node in nodes:
            assert node.process is not None
            node.process.wait()
        return at

    def close(self) -> None:
        """Ends all."""
        for node in self.living():
            node.stop()


@contextmanager
def three(
    folder: Path, environments: Mapping[str, dict[str, str]] | None = None, machines: Machines | None = None
) -> Iterator[Three]:
    """Three nodes for a while; `environments` of some of them, by name."""
    made = Three(environments, machines)
    try:
        made.start(folder)
        yield made
    finally:
        made.close()
