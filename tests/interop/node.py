"""A whole node as an operator starts it, with the demo tenant, for tests with real phones."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from configdb.client import ConfigClient
from configdb.log import Change
from configdb.log_jetstream import log_of
from configdb.model import SYSTEM
from configdb.nats_link import link_of
from configdb.node import load_settings, secret
from configdb.runtime import Runtime
from configdb.secrets import Sealer
from installer import demo_tenant
from installer.phone_driver import Phone
from installer.seed import phone_passwords, seed
from softswitch.cli.api import Api
from softswitch.cli.output import CliError
from softswitch.control.client import ControlClient
from softswitch.supervisor.node import healthy
from tests.interop.handset import Handset
from tests.ports import free_ports

T = TypeVar("T")
START_S_MAX = 180.0
PROGRAMS = {
    "switch": "-m\0softswitch\0",
    "media": "-m\0media.plane\0",
    "web": "-m\0mgmt\0",
    "services": "-m\0mgmt.services\0",
    "nats": "nats-server",
}


def eventually(look: Callable[[], T | None], seconds: float = 60.0, what: str = "") -> T:
    """The first result that is true; fails when the time is over: long, since a machine may have much else to do."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"waited {seconds} s for {what or look}"
        time.sleep(0.05)


def unasked(trunk: dict[str, Any]) -> dict[str, Any]:
    """The trunk without OPTIONS, which would surprise scripted gateways."""
    return {**trunk, "health": {"interval_s": 0}}


def held(port: int) -> bool:
    """Whether a program holds the port, over UDP or TCP."""
    tables = [Path(f"/proc/net/{name}") for name in ("udp", "udp6", "tcp", "tcp6")]
    lines = [line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]]
    return any(line[1].endswith(f":{port:04X}") for line in lines)


def listening(port: int) -> None:
    """Waits until a program holds the port: what is sent from then on waits for it."""
    eventually(lambda: held(port), what=f"a program on port {port}")


@dataclass
class Running:
    """One node; `start` to `stop`. `arguments` are more of `softswitch up`; `seeded`: it gets the demo tenant.

    inside: the machine that it is on, as a context (`tests.interop.namespaces`).
    """

    data: Path
    environment: dict[str, str] = field(default_factory=dict)
    rtp_pairs: int = 100
    listen: str = "127.0.0.1"
    arguments: tuple[str, ...] = ()
    seeded: bool = True
    inside: Callable[[], AbstractContextManager[None]] = nullcontext
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> Running:
        """`softswitch up`, until it serves; then the demo tenant, with a carrier on free ports."""
        self.data.mkdir(parents=True, exist_ok=True)
        self._ports = free_ports(7)
        self.carrier_ports = self._ports[3:]
        with self.inside():
            self._run()
            if self.seeded:
                seed(self.data)
                self.passwords = phone_passwords(self.data)
            self._follow()
        if self.seeded:
            ports = tuple(self.carrier_ports)
            self.change(SYSTEM, "trunk", demo_tenant.TRUNK, unasked(demo_tenant.trunk(ports, ports[0])))
            eventually(self._pages_know, what="the pages to know the tenant")
        return self

    def _pages_know(self) -> bool:
        """Whether the process that serves pages follows as well: it has a replica of its own."""
        try:
            self.api.get("/api/v1/calls", limit=1)
        except CliError:
            return False
        return True

    def again(self) -> None:
        """A node that was stopped, on the same ports: as after an upgrade."""
        with self.inside():
            self._run()
            self._follow()

    def _run(self) -> None:
        sip, http, nats = self._ports[:3]
        environment = {"SOFTSWITCH_NATS_PORT": str(nats), **os.environ, **self.environment}
        low = 20_000 + (os.getpid() * 400 + len(str(self.data)) * 200) % 30_000 // 2 * 2
        low = min(low, 65_000 - 2 * self.rtp_pairs)
        command = [sys.executable, "-m", "softswitch.cli", "up", "--data", str(self.data), "--json"]
        ports = [
            "--sip-port",
            str(sip),
            "--http-port",
            str(http),
            "--rtp-ports",
            f"{low}-{low + 2 * self.rtp_pairs - 1}",
            "--listen",
            self.listen,
            *self.arguments,
        ]
        self.output = self.data / "up.log"
        with open(self.output, "wb") as log:
            self.process = subprocess.Popen([*command, *ports], stdout=log, stderr=log, env=environment)
        eventually(self._up, START_S_MAX, "the node")
        self.runtime = Runtime.read(self.data)
        pages = f"http://{self.listen}:{self.runtime.http_port}/healthz"
        eventually(lambda: healthy(pages), START_S_MAX, "its pages")  # which may be later than calls
        self.api = Api(self.data, demo_tenant.TENANT)

    def _follow(self) -> None:
        """A replica of the tests' own."""
        settings = load_settings(self.data)
        self._link = link_of(self.data, settings)
        sealer = Sealer(bytes.fromhex(secret(self.data, "node.key")))
        self.config = ConfigClient(self.data, "tests", log_of(self._link, settings), sealer)
        self.config.start()
        assert self.config.wait_current(90)

    def _up(self) -> bool:
        assert self.process is not None
        text = self.output.read_text()
        assert self.process.poll() is None, text
        return '"url"' in text

    @property
    def url(self) -> str:
        """The link with the one-time token."""
        lines = [line for line in self.output.read_text().splitlines() if line.startswith("{")]
        return str(json.loads(lines[-1])["url"])

    @property
    def started_in_s(self) -> float:
        """How long it took from `softswitch up` to all processes being ready, joining included."""
        lines = [line for line in self.output.read_text().splitlines() if '"url"' in line]
        return float(json.loads(lines[-1])["started_in_s"])

    def stop(self) -> int:
        """Ctrl-C; the exit status."""
        self.let_go()
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

    def let_go(self) -> None:
        """End the tests' own replica."""
        if hasattr(self, "config"):
            self.config.stop()
            self._link.close()

    def change(self, tenant: str, kind: str, id: str, document: dict[str, Any]) -> int:
        """Set one object and wait until the switch has it; the sequence."""
        sequence = self.config.transact(tenant, [Change(kind, id, document)], "test", "test").sequence
        self.wait_followed(sequence)
        return sequence

    @contextmanager
    def trunk(self, **fields: Any) -> Iterator[None]:
        """The carrier's trunk with these fields for a while; then it is again what it was."""
        version = self.config.get(SYSTEM, "trunk", demo_tenant.TRUNK)
        assert version is not None
        before = version.value.model_dump(mode="json")
        self.change(SYSTEM, "trunk", demo_tenant.TRUNK, {**before, **fields})
        try:
            yield
        finally:
            self.change(SYSTEM, "trunk", demo_tenant.TRUNK, before)

    def wait_followed(self, sequence: int | None = None) -> None:
        """Wait until the switch has what was set so far, or everything up to a sequence."""
        wanted = self.config.directory.sequence if sequence is None else sequence
        eventually(lambda: self.switch_sequence() >= wanted, 60, "the switch to follow")

    def switch_sequence(self) -> int:
        """How far the switch follows the configuration."""
        return int(self.api.get("/api/v1/status")["switch"]["config_sequence"])

    # -- phones ----------------------------------------------------------------------------------------------------

    @property
    def sip(self) -> str:
        """Where the node listens."""
        return f"{self.listen}:{self.runtime.sip_port}"

    def carrier(self, index: int = 0, strict: bool = False) -> Phone:
        """A phone on a port of the carrier."""
        return Phone(self.carrier_ports[index], strict=strict)

    def dial(self, phone: Phone, number: str, caller: str = demo_tenant.CALLER_NUMBER) -> None:
        """A call of the carrier."""
        phone.do("call", uri=f"sip:{number}@{self.sip}", identity=f"sip:{caller}@127.0.0.1")

    def registered(self, device: str, transport: str = "udp", strict: bool = False, lamp: bool = False) -> Phone:
        """A registered phone of the tenant, with its message lamp on demand."""
        phone = Phone(0, transport, strict=strict)
        assert phone.register(device, self.passwords[device], self.sip, lamp) == 200
        return phone

    def forget_company(self, tenant: str) -> None:
        """Removes a company that a test made, with all that is its own."""
        objects = self.config.directory.tenants[tenant].objects
        gone = [Change(kind, id, None) for kind, found in objects.items() for id in found]
        self.config.transact(tenant, gone, "test", "gone")

    def forget(self, device: str) -> None:
        """Takes back what a phone that vanished had registered (RFC 3261 10.2.2)."""
        with Handset(self.sip, device, self.passwords[device]) as handset:
            assert 200 == handset.ask("REGISTER", f"sip:{self.sip}", "Contact: *", "Expires: 0", to=handset.aor).status

    def phones(self) -> list[dict[str, Any]]:
        """What is registered, as the switch lists it."""
        client = ControlClient(self.data / "run" / "control.sock")
        return list(client.request("phones")["phones"])

    # -- what the operator sees ------------------------------------------------------------------------------------

    def live(self) -> list[dict[str, Any]]:
        """The calls in progress."""
        return list(self.api.get("/api/v1/calls/live")["data"])

    def newest(self) -> str | None:
        """The id of the newest finished call."""
        rows = self.api.get("/api/v1/calls", limit=1)["data"]
        return str(rows[0]["id"]) if rows and rows[0]["ended_at"] else None

    def finished(self, before: str | None, seconds: float = 60.0, to: str | None = None) -> dict[str, Any]:
        """The detail of the call that finished after `before` did; `to`: and was for that number.

        Calls are filed a moment after they end: who has not waited for theirs to be names the number.
        """

        def look() -> dict[str, Any] | None:
            newest = self.newest()
            if newest in (before, None):
                return None
            detail: dict[str, Any] = self.api.get(f"/api/v1/calls/{newest}")
            return detail if to in (None, detail["call"]["to"]) else None

        return eventually(look, seconds, "a finished call in the history")

    def detail(self, call: str) -> dict[str, Any] | None:
        """A call's detail once it is finished."""
        try:
            found: dict[str, Any] = self.api.get(f"/api/v1/calls/{call}")
        except CliError:
            return None
        return found if found["call"]["ended_at"] else None

    def sound(self, media: str, path: Path) -> Path:
        """A recording or voicemail as a file."""
        path.write_bytes(self.api.download(f"/api/v1/media/{media}"))
        return path

    def pid(self, program: str) -> int:
        """The process of this node that runs a program."""
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                line = (folder / "cmdline").read_text()
            except OSError:
                continue
            if PROGRAMS[program] in line and str(self.data) in line:
                return int(folder.name)
        raise AssertionError(f"{program} does not run")

    def pids(self) -> list[int]:
        """All processes of this node, its supervisor among them."""
        lines = {folder.name: folder / "cmdline" for folder in Path("/proc").iterdir() if folder.name.isdigit()}
        found = []
        for name, path in lines.items():
            with contextlib.suppress(OSError):
                words = path.read_text().split("\0")
                if any(word.startswith(str(self.data)) for word in words) and str(os.getpid()) != name:
                    found.append(int(name))
        return found

    def kill(self, program: str) -> None:
        """kill -9; returns when another process has taken its place."""
        old = self.pid(program)
        os.kill(old, signal.SIGKILL)

        def again() -> bool:
            try:
                return self.pid(program) != old
            except AssertionError:
                return False

        eventually(again, what=f"{program} to be started again")
