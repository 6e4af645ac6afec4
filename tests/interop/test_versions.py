"""An older version of the program, from the history of this repository, beside this one: joined, in calls, upgraded under load.

With `make nightly` only: it builds the media kernels of that version.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import media
from configdb.log import Change
from installer.demo_tenant import MAIN_NUMBER, TENANT
from tests.interop.kamailio import Balancer
from tests.interop.node import eventually, listening
from tests.interop.test_calls import OPEN_ALWAYS
from tests.interop.test_cluster import STATISTICS, call, calls_in, statistics
from tests.interop.test_sipp import sipp
from tests.interop.three import Three, three

pytestmark = [pytest.mark.interop, pytest.mark.timeout(1_500)]

TOP = Path(__file__).parents[2]
BEFORE = "d87e708c"
"""The version that is upgraded."""


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment in which that version runs."""
    tree = tmp_path_factory.mktemp("before") / "tree"
    git = ["git", "-C", str(TOP), "worktree"]
    subprocess.run([*git, "add", "--quiet", "--detach", str(tree), BEFORE], check=True)
    try:
        build = [sys.executable, "setup.py", "-q", "build_ext", "--inplace"]
        subprocess.run(build, cwd=tree, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shutil.copytree(Path(media.__file__).parent / "prompts", tree / "media" / "prompts")
        shutil.copytree(TOP / "mgmt" / "ui" / "dist", tree / "mgmt" / "ui" / "dist")
        yield {"PYTHONPATH": str(tree), "PYTHONSAFEPATH": "1"}
    finally:
        subprocess.run([*git, "remove", "--force", str(tree)], check=True)


@pytest.fixture(scope="module")
def nodes(before: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Three]:
    """Two nodes of the version before, and one of this version that has joined them."""
    with three(tmp_path_factory.mktemp("versions"), {"node-1": before, "node-2": before}) as made:
        yield made


def test_a_phone_at_a_node_of_either_version_is_reached_from_the_other(nodes: Three) -> None:
    new, olds = nodes.nodes["node-3"], [nodes.nodes["node-1"], nodes.nodes["node-2"]]
    for first, second in ((new, olds[0]), (olds[1], new), (olds[0], olds[1])):
        with closing(first.registered("ben-desk")) as ben, closing(second.registered("ann-desk")) as ann:
            call(ann, ben, second)
            call(ann, ben, first)
            for phone in (ann, ben):
                phone.do("unregister")


def test_what_is_changed_at_the_new_node_is_known_at_the_old_ones_as_long_as_it_uses_nothing_new(nodes: Three) -> None:
    new = nodes.nodes["node-3"]
    found = new.config.get(TENANT, "tenant", TENANT)
    assert found is not None
    whole = found.value.model_dump(mode="json")
    changes = [
        Change("tenant", TENANT, {**whole, "name": "Riverside of the new"}),
        Change("schedule", "office", OPEN_ALWAYS),
    ]
    sequence = new.config.transact(TENANT, changes, "test", "with all fields of this version").sequence
    for node in nodes.nodes.values():
        node.wait_followed(sequence)
        document = node.api.get(f"/api/v1/config/tenant/{TENANT}")["document"]
        assert "Riverside of the new" == document["name"]


def test_while_the_old_nodes_are_upgraded_one_by_one_no_call_is_lost(nodes: Three, tmp_path: Path) -> None:
    first = nodes.nodes["node-1"]
    (tmp_path / "voice.al").write_bytes(b"\xd5" * 8000)
    with Balancer(first.carrier_ports[3], [node.sip for node in nodes.nodes.values()]) as balancer:
        options = ["-s", MAIN_NUMBER, "-m", "10000", "-r", "2", "-timeout", "600", *STATISTICS]
        command = sipp(first, tmp_path, "caller", *options)
        command[1] = f"127.0.0.1:{balancer.port}"
        with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as load:
            listening(first.carrier_ports[0])
            for name in ("node-1", "node-2"):
                node = nodes.nodes[name]
                eventually(lambda: calls_in(first) > 2, what="some load")
                drain = [sys.executable, "-m", "softswitch.cli", "drain", "--wait", "--data", str(node.data)]
                subprocess.run(drain, check=True, timeout=60, stdout=subprocess.DEVNULL)
                assert 0 == node.stop()
                node.environment.clear()  # of this version from now on
                node.again()
                nodes.wait_met(node)
            load.send_signal(signal.SIGUSR1)
            load.wait(60)
    last = statistics(tmp_path)
    assert 0 == int(last["FailedCall(C)"])
    assert int(last["SuccessfulCall(C)"]) == int(last["TotalCallCreated"]) > 20
