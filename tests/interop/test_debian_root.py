"""Installed into a fresh Debian root from its package alone, set up by a site file, run as its own user: it answers a call.

With `make nightly` only, as root: it fetches a base system (`debootstrap`), and builds all wheels.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.interop.node import eventually, free_ports

pytestmark = [pytest.mark.interop, pytest.mark.timeout(3_000)]

TOP = Path(__file__).parents[2]
SUITE = "bookworm"


def done(*command: object, cwd: Path = TOP) -> str:
    """What a command said; it must have worked."""
    ran = subprocess.run([str(one) for one in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert 0 == ran.returncode, f"{command}\n{ran.stdout[-3000:]}{ran.stderr[-3000:]}"
    return ran.stdout


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


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Debian package of this source tree."""
    folder = tmp_path_factory.mktemp("package")
    done(
        sys.executable, "setup.py", "-q", "bdist_wheel", "--dist-dir", folder / "dist", "--bdist-dir", folder / "built"
    )
    (ours,) = (folder / "dist").glob("*.whl")
    done(sys.executable, "-m", "pip", "wheel", "--quiet", "-w", folder / "wheels", ours)
    done(Path(sys.executable).with_name("softswitch-install"), "deb", folder / "wheels", folder / "softswitch.deb")
    return folder / "softswitch.deb"


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
    done("debootstrap", "--variant=minbase", "--include=python3,python3-venv,ca-certificates", SUITE, root)
    (root / "tmp" / package.name).write_bytes(package.read_bytes())
    sip, http = free_ports(2)
    site.write_text(f'public_address = "127.0.0.1"\nsip_port = {sip}\nhttp_port = {http}\n')
    with mounted(root):
        done(*inside(root, "dpkg", "-i", f"/tmp/{package.name}"))
        assert done(*inside(root, "softswitch", "--version")).startswith("softswitch ")
        install = [Path(sys.executable).with_name("softswitch-install")]
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
