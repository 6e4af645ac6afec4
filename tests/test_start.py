"""A process loads what it always needs when it starts; what only some work needs is loaded by that work: a restart is quick."""

from __future__ import annotations

import subprocess
import sys

import pytest

RARE = ("scipy", "azure", "pymongo", "reportlab", "pocketsphinx", "pjsua2", "pyVoIP", "pytest")
RARE_IN = {"mgmt": ("httpx",)}
"""What another process works with."""


@pytest.mark.parametrize("process", ["softswitch", "media.plane", "mgmt", "mgmt.services"])
def test_a_process_starts_without_what_it_rarely_needs(process: str) -> None:
    rare = (*RARE, *RARE_IN.get(process, ()))
    program = f"import sys, {process}.__main__; print(*(name for name in {rare!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=110, check=True)
    assert "" == done.stdout.strip()
