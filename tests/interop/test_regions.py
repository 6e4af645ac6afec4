"""Two regions, each with servers of its own: cut off each serves its tenants; one of them moves while its calls go on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from configdb.log import Change
from configdb.model import SYSTEM
from installer.demo_tenant import TENANT, TRUNK, trunk
from installer.phone_driver import Phone
from softswitch.cli.api import Api
from tests.interop.handset import Handset
from tests.interop.namespaces import Machines, machines
from tests.interop.node import Running, eventually, unasked
from tests.interop.test_calls import OPEN_ALWAYS
from tests.interop.test_cluster import answered, call

pytestmark = [pytest.mark.interop, pytest.mark.timeout(1200)]

EAST, WEST, PHONES = "east", "west", "phones"
HARBOR = "harbor"


@dataclass
class Country:
    """Both regions. The east has the demo tenant, the west one like it, "harbor"; `harbor`: the passwords of its devices."""

    machines: Machines
    east: Running
    west: Running
    harbor: dict[str, str]

    def phone(self, username: str, password: str, node: Running) -> Phone:
        """A registered phone on the phones' machine."""
        phone = Phone(host=self.machines.address(PHONES))
        assert 200 == phone.register(username, password, node.sip)
        return phone


def command(node: Running, *words: str) -> subprocess.CompletedProcess[str]:
    """A command of the operator on a node's machine."""
    with node.inside():
        line = [sys.executable, "-m", "softswitch.cli", "--data", str(node.data), *words]
        return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)


def done(node: Running, *words: str) -> str:
    """One that works; what it says."""
    ran = command(node, *words)
    assert 0 == ran.returncode, ran.stderr + ran.stdout
    return ran.stdout


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Country]:
    """Two nodes on machines of their own; their operators share the key of bundles."""
    with machines([EAST, WEST, PHONES]) as network, network.inside(PHONES):
        nodes = [
            Running(
                tmp_path / name, listen=network.address(name), seeded=name == EAST, inside=partial(network.inside, name)
            )
            for name in (EAST, WEST)
        ]
        east, west = nodes
        try:
            for node in nodes:
                node.data.mkdir()
                (node.data / "secrets").mkdir(mode=0o700)
                (node.data / "secrets" / "bundle.key").write_text("ab" * 32)
                node.start()
            west.api = Api(west.data, None)
            carrier = Change("trunk", TRUNK, unasked(trunk((), west.carrier_ports[0])))
            west.config.transact(
                SYSTEM, [carrier], "test", "test"
            )  # nothing to wait for: no tenant yet, no configuration
            east.change(TENANT, "schedule", "office", OPEN_ALWAYS)
            done(east, "config", "bundle", TENANT, str(tmp_path / "file"))
            made = Api(west.data, None).request(
                "POST", "/api/v1/config-bundle", (tmp_path / "file").read_bytes(), None, **{"as": HARBOR}
            )
            west.wait_followed()
            yield Country(network, east, west, made["passwords"])
        finally:
            for node in nodes:
                if node.process is not None:
                    node.stop()


def test_each_serves_its_tenants_while_cut_off_and_one_moves_while_its_calls_go_on(
    country: Country, tmp_path: Path
) -> None:
    east, west = country.east, country.west
    token, there = (
        str(west.data / "secrets" / "operator.token"),
        f"http://{west.sip.partition(':')[0]}:{west.runtime.http_port}",
    )
    move = ["config", "move", TENANT, WEST, "--to", there, "--token", token]
    ours = {device: east.passwords[device] for device in ("ann-desk", "ben-desk")}
    with (
        closing(country.phone("ann-desk", ours["ann-desk"], east)) as ann,
        closing(country.phone("ben-desk", ours["ben-desk"], east)) as ben,
    ):
        country.machines.cut([EAST], [WEST])
        call(ann, ben, east)
        names = [f"{HARBOR}-{device}" for device in ours]
        phones = [country.phone(name, country.harbor[device], west) for name, device in zip(names, ours, strict=True)]
        with closing(phones[0]) as zoe, closing(phones[1]) as yan:
            call(zoe, yan, west)
        east.change(TENANT, "schedule", "office", {**OPEN_ALWAYS, "name": "East"})
        west.change(HARBOR, "schedule", "office", {**OPEN_ALWAYS, "name": "West"})
        assert "does not answer" in command(east, *move).stderr
        country.machines.heal()
        east.change(TENANT, "schedule", "office", {**OPEN_ALWAYS, "name": "East, not frozen"})

        answered(ann, ben, east)
        done(east, "shard", "set", WEST, f"address={west.sip}")
        done(east, *move)
        east.wait_followed()
        west.wait_followed()
        with Handset(east.sip, "ann-desk", ours["ann-desk"], country.machines.address(PHONES)) as handset:
            sent_on = handset.ask("REGISTER", f"sip:{east.sip}", f"Contact: {handset.contact}", to=handset.aor)
        assert (302, True) == (sent_on.status, west.sip in (sent_on.headers.get("Contact") or ""))
        assert 1 == len(east.live())
        ann.do("hangup")
        ben.wait("state", state="DISCONNECTED")
    with (
        closing(country.phone("ann-desk", ours["ann-desk"], west)) as ann,
        closing(country.phone("ben-desk", ours["ben-desk"], west)) as ben,
    ):
        call(ann, ben, west)
        before = {row["id"] for row in eventually(lambda: finished(east, 2), what="both calls of the east")}
        done(east, "vault", "carry-out", TENANT, str(tmp_path / "carried"))
        done(west, "vault", "carry-in", str(tmp_path / "carried"))
        done(east, *move, "--finish")
        eventually(lambda: before < {row["id"] for row in finished(west, 3)}, what="all calls in the west")


def finished(node: Running, count: int) -> list[dict[str, object]]:
    """The calls of the tenant at a node, once there are so many."""
    rows = [row for row in Api(node.data, TENANT).every("/api/v1/calls", 1000) if row["ended_at"]]
    return rows if len(rows) >= count else []
