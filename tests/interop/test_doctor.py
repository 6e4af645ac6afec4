"""Doctor's test call at a real node: a company is made for it, both sides hear each other, nothing of it stays."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from softswitch.cli.own_call import TENANT
from tests.interop.node import Running, eventually

pytestmark = pytest.mark.interop


def test_two_telephones_of_a_company_of_its_own_hear_each_other(node: Running) -> None:
    command = [sys.executable, "-m", "softswitch.cli", "--data", str(node.data), "--json", "doctor", "--call"]
    for _ in range(2):
        ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert "Traceback" not in ran.stderr
        found = [one for one in json.loads(ran.stdout)["findings"] if one["name"] == "test call"]
        assert 3 == len(found), ran.stdout
        assert [] == [one["text"] for one in found if not one["ok"]]
        eventually(lambda: TENANT not in node.config.directory.tenants, what="the company to be gone")
