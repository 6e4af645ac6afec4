"""The demo call, as a newcomer sees it: `softswitch demo` places it and tells what the caller heard."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from installer import demo_tenant
from tests.interop.node import Running

pytestmark = pytest.mark.interop


def test_the_demo_call_is_told_with_what_the_caller_heard(node: Running) -> None:
    command = [sys.executable, "-m", "softswitch.cli", "demo", "--data", str(node.data), "--json"]
    with node.trunk(source_ports=list(demo_tenant.CALLER_PORTS)):
        done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    assert 0 == done.returncode, done.stderr
    told = json.dumps(json.loads(done.stdout)["story"])
    found = re.search(r"heard ([0-9.]+) s of sound at (-[0-9.]+) dBov", told)
    assert found is not None, told
    assert float(found[1]) > 10
    assert -40 < float(found[2]) < -10
    assert "voicemail, " in told
