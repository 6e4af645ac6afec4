"""Installed into a fresh Debian root from its package alone, set up by a site file, run as its own user: it answers a call.

With `make nightly` only, as root: it fetches a base system (`debootstrap`), and builds all wheels.
"""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.interop.debian import INSTALL, done, fresh_root
from tests.interop.node import eventually
from tests.ports import free_ports

pytestmark = [pytest.mark.interop, pytest.mark.timeout(3_000)]


def inside(root: Path, *command: object, user: str = "root") -> list[str]:
    """A command in the root directory, with nothing of this machine's environment."""
    words = [str(one) for one in command]
    return [
        "chroot",
        f"--userspec={user}",
        str(root),
        "/usr/bin/env",
        "-i",
        "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
        *words,
    ]


@contextmanager
def mounted(root: Path) -> Iterator[None]:
    """/proc and /dev as programs want them."""
    done("mount", "-t", "proc", "proc", root / "proc")
    done("mount", "--bind", "/dev", root / "dev")
    try:
        yield
    finally:
        done("umount", root / "dev")
        done("umount", root / "proc")


def test_a_fresh_debian_answers_a_call(package: Path, tmp_path: Path) -> None:
    root, site = tmp_path / "root", tmp_path / "site.toml"
    fresh_root(root)
    (root / "tmp" / package.name).write_bytes(package.read_bytes())
    sip, http = free_ports(2)
    site.write_text(f'public_address = "127.0.0.1"\nsip_port = {sip}\nhttp_port = {http}\n')
    with mounted(root):
        done(*inside(root, "dpkg", "-i", f"/tmp/{package.name}"))
        assert done(*inside(root, "softswitch", "--version")).startswith("softswitch ")
        install = [INSTALL]
        done(*install, "apply", site, "--root", root)
        assert "0 steps" in done(*install, "apply", site, "--root", root), "a second time there is nothing to do"
        start = [
            *inside(root, "softswitch", "--data", "/var/lib/softswitch", "--json", "up", "--demo", user="softswitch")
        ]
        with open(tmp_path / "up.log", "wb") as log:
            node = subprocess.Popen(start, stdout=log, stderr=log)
        try:
            said = tmp_path / "up.log"
            eventually(lambda: "Ctrl-C" in said.read_text() or node.poll() is not None, 120, "the demo call")
            assert node.poll() is None, said.read_text()
            assert "failed" not in said.read_text(), said.read_text()
            assert "starting it again" not in said.read_text(), said.read_text()
            status = json.loads(done(*inside(root, "softswitch", "--data", "/var/lib/softswitch", "--json", "status")))
            assert status["switch"]["media_ready"]
            done(*inside(root, "softswitch", "--data", "/var/lib/softswitch", "backup", "/var/lib/softswitch/kept"))
        finally:
            node.send_signal(signal.SIGINT)
            assert 0 == node.wait(60)
        (kept,) = (root / "var/lib/softswitch/kept").glob("*.tar.gz")
        again = ["softswitch", "--data", "/tmp/again", "restore", f"/var/lib/softswitch/kept/{kept.name}"]
        assert "restored" in done(*inside(root, *again, user="softswitch"))
        done(*install, "rollback", site, "--root", root)
        assert not (root / "etc" / "systemd" / "system" / "softswitch.service").exists()
        done(*inside(root, "dpkg", "-r", "softswitch"))
        assert not (root / "opt" / "softswitch").exists()
