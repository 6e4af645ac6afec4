"""The acceptance test of a trunk by real phones: everything passes on a trunk that is right, and what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from installer.demo_tenant import ANN_NUMBER, TENANT, TRUNK
from softswitch.cli.main import app
from tests.interop.node import Running, eventually
from tests.interop.test_trunks import trunk
from tests.ports import free_ports

pytestmark = pytest.mark.interop


def test_a_trunk_that_is_right_passes_every_check_and_its_calls_are_heard(node: Running, tmp_path: Path) -> None:
    first, second = free_ports(2)
    page, paper = tmp_path / "result.html", tmp_path / "result.pdf"
    options = ["--gateway", f"127.0.0.1:{first}", "--gateway", f"127.0.0.1:{second}", "--device", "ann-desk"]
    options += [
        "--password",
        node.passwords["ann-desk"],
        "--number",
        ANN_NUMBER,
        "--page",
        str(page),
        "--pdf",
        str(paper),
    ]
    with trunk(node, first, second, source_ports=[first, second]):
        done = CliRunner().invoke(app, ["--data", str(node.data), "--tenant", TENANT, "acceptance", TRUNK, *options])
    (newest, *_) = node.api.get("/api/v1/quality/tests")["data"]
    assert [] == [(one["name"], one["said"]) for one in newest["checks"] if not one["passed"]]
    assert (0, True) == (done.exit_code, newest["passed"]), done.output
    assert len(newest["checks"]) >= 10
    recorded = next(call for call in node.api.get("/api/v1/calls")["data"] if call["recording"])
    heard = eventually(
        lambda: node.api.get(f"/api/v1/calls/{recorded['id']}/quality")["heard"], 60, "its recording heard"
    )
    assert [[], []] == [channel["defects"] for channel in heard["channels"]]
    assert all(channel["mos"] > 3.0 for channel in heard["channels"])
    assert "Everything passed." in page.read_text()
    assert paper.read_bytes().startswith(b"%PDF-1.4")
