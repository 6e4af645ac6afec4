"""A Debian package around a venv: it carries the wheels and makes /opt/softswitch of them when it is configured, offline.

The node itself is set up by `softswitch-install apply`, which the package brings; it starts and changes no service by itself.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from installer.offline import NoWheels

KEPT = "usr/share/softswitch/wheels"
VENV = "/opt/softswitch"
BUILD_S_MAX = 300.0

CONTROL = """\
Package: softswitch
Version: {version}
Architecture: {architecture}
Maintainer: Softswitch <softswitch@localhost>
Depends: python3 (>= 3.11), python3-venv
Recommends: libopus0, logrotate, nftables
Installed-Size: {size_kb}
Section: comm
Priority: optional
Description: telephony-first softswitch with an embedded management plane
 Phones, carriers, voice menus, queues and recordings for many tenants.
 The program lives in a venv at {venv}; softswitch-install sets the node up.
"""
POSTINST = f"""\
#!/bin/sh
set -e
if [ "$1" = configure ]; then
  python3 -m venv --clear {VENV}
  {VENV}/bin/pip install --quiet --no-index --find-links /{KEPT} softswitch
  ln -sf {VENV}/bin/softswitch {VENV}/bin/softswitch-install /usr/bin/
fi
"""
PRERM = f"""\
#!/bin/sh
set -e
if [ "$1" = remove ]; then
  rm -f /usr/bin/softswitch /usr/bin/softswitch-install
  rm -rf {VENV}
fi
"""
_WHEEL = re.compile(r"softswitch-([0-9][A-Za-z0-9.!+]*)-.*_(x86_64|aarch64)\.whl")
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def build(wheels: Path, target: Path) -> str:
    """Writes the package; its version. Raises NoWheels, OSError."""
    found = sorted(wheels.glob("*.whl"))
    ours = next((match for path in found if (match := _WHEEL.fullmatch(path.name))), None)
    if ours is None:
        raise NoWheels(
            f"no softswitch-*.whl for one processor in {wheels}: `make wheel`, then `pip wheel -w {wheels} ...`"
        )
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "root"
        (root / KEPT).mkdir(parents=True)
        (root / "DEBIAN").mkdir()
        root.chmod(0o755)
        for path in found:
            shutil.copyfile(path, root / KEPT / path.name)
        size_kb = sum(path.stat().st_size for path in found) // 1024 + 1
        words = {"version": ours[1], "architecture": _ARCHITECTURES[ours[2]], "size_kb": size_kb, "venv": VENV}
        (root / "DEBIAN" / "control").write_text(CONTROL.format(**words))
        for name, text in (("postinst", POSTINST), ("prerm", PRERM)):
            (root / "DEBIAN" / name).write_text(text)
            (root / "DEBIAN" / name).chmod(0o755)
        command = ["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", str(root), str(target)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_S_MAX, check=False)
        if done.returncode:
            raise OSError(f"dpkg-deb: {done.stderr.strip()}")
    return ours[1]
