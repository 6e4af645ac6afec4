"""The power of all three nodes is cut at once: what was told to anybody before is there again when all have started."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from configdb.model import SYSTEM
from installer.demo_tenant import MAIN_NUMBER, TENANT
from tests.interop.node import Running, eventually
from tests.interop.test_calls import OPEN_ALWAYS
from tests.interop.test_cluster import answered, call
from tests.interop.test_sipp import sipp
from tests.interop.three import Three, three

pytestmark = [pytest.mark.interop, pytest.mark.timeout(1200)]

CALLS, A_SECOND = 12, 3


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Three]:
    """Three that have joined, open at every hour."""
    with three(tmp_path) as made:
        made.nodes["node-3"].change(TENANT, "schedule", "office", OPEN_ALWAYS)
        yield made


def ended(nodes: Three) -> dict[str, dict[str, Any]]:
    """All finished calls by id, with their legs and steps."""
    rows = [(node, row) for node in nodes.living() for row in node.api.every("/api/v1/calls", 1000) if row["ended_at"]]
    found = {row["id"]: node.api.get(f"/api/v1/calls/{row['id']}") for node, row in rows}
    return {id: {name: one[name] for name in ("call", "legs", "steps")} for id, one in found.items()}


def configuration(node: Running) -> dict[str, Any]:
    """Everything that a node knows of the tenant and of the system."""
    objects = {tenant: node.config.state.tenant(tenant).objects for tenant in (TENANT, SYSTEM)}
    return {
        f"{tenant}/{kind}/{id}": (one.version, one.value.model_dump(mode="json"))
        for tenant, kinds in objects.items()
        for kind, ids in kinds.items()
        for id, one in ids.items()
    }


def test_records_registrations_and_configuration_are_as_they_were(nodes: Three, tmp_path: Path) -> None:
    first, second = nodes.away()
    (tmp_path / "voice.al").write_bytes(b"\xd5" * 8000)
    counts = ["-m", str(CALLS), "-r", str(A_SECOND), "-timeout", "60"]
    command = sipp(second, tmp_path, "caller", "-s", MAIN_NUMBER, *counts)
    assert 0 == subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=90, check=False).returncode
    eventually(lambda: len(ended(nodes)) == CALLS, what="all records")
    with closing(first.registered("ben-desk")) as ben, closing(second.registered("ann-desk")) as ann:
        answered(ann, ben, second)
        (going_on,) = eventually(lambda: [one["id"] for one in nodes.home().live()], what="the call")
        changed = second.change(TENANT, "schedule", "office", {**OPEN_ALWAYS, "name": "The last word"})
        known, records = configuration(second), ended(nodes)
        phones = {(phone["device"], phone["uri"]) for phone in nodes.home().phones()}
        everybody = nodes.living()
        nodes.kill(*everybody)
        with ThreadPoolExecutor(len(everybody)) as threads:
            for start in [threads.submit(node.again) for node in everybody]:
                start.result()
        for node in everybody:
            nodes.wait_met(node)
            node.wait_followed(changed)
            assert known == configuration(node)
        assert phones == {(phone["device"], phone["uri"]) for phone in nodes.home().phones()}
        eventually(lambda: going_on in ended(nodes), what="the end of the call that was in progress")
        after = ended(nodes)
        assert records == {id: one for id, one in after.items() if id != going_on}
        for phone in (ann, ben):
            phone.wait("state", 60, state="DISCONNECTED")
        call(ann, ben, first)
        assert second.change(TENANT, "schedule", "office", OPEN_ALWAYS) > changed
