"""The Debian package."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from installer.deb import build
from installer.offline import NoWheels


def asked(*words: str) -> str:
    """What dpkg-deb says."""
    return subprocess.run(["dpkg-deb", *words], capture_output=True, text=True, check=True).stdout


def test_a_package_carries_the_wheels_and_scripts_that_a_shell_can_read(tmp_path: Path) -> None:
    (tmp_path / "softswitch-1.2.3-cp311-abi3-manylinux_2_28_x86_64.whl").write_bytes(b"wheel")
    (tmp_path / "flask-3.1-py3-none-any.whl").write_bytes(b"wheel")
    assert "1.2.3" == build(tmp_path, tmp_path / "softswitch.deb")
    assert "1.2.3\n" == asked("-f", str(tmp_path / "softswitch.deb"), "Version")
    assert "amd64\n" == asked("-f", str(tmp_path / "softswitch.deb"), "Architecture")
    names = asked("-c", str(tmp_path / "softswitch.deb"))
    assert "./usr/share/softswitch/wheels/flask-3.1-py3-none-any.whl" in names
    asked("-e", str(tmp_path / "softswitch.deb"), str(tmp_path / "control"))
    for name in ("postinst", "prerm"):
        subprocess.run(["sh", "-n", str(tmp_path / "control" / name)], check=True)


def test_without_a_wheel_for_one_processor_there_is_no_package(tmp_path: Path) -> None:
    (tmp_path / "flask-3.1-py3-none-any.whl").write_bytes(b"wheel")
    with pytest.raises(NoWheels, match="make wheel"):
        build(tmp_path, tmp_path / "softswitch.deb")
