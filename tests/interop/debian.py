"""A Debian of its own for tests of the installer: a root directory by debootstrap, and our package of this source tree."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parents[2]
SUITE = "bookworm"
INSTALL = Path(sys.executable).with_name("softswitch-install")


def done(*command: object, cwd: Path = TOP) -> str:
    """What a command said; it must have worked."""
    ran = subprocess.run([str(one) for one in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert 0 == ran.returncode, f"{command}\n{ran.stdout[-3000:]}{ran.stderr[-3000:]}"
    return ran.stdout


def fresh_root(root: Path, *packages: str) -> None:
    """A base system with Python and what else is asked for."""
    included = ("python3", "python3-venv", "ca-certificates", *packages)
    done("debootstrap", "--variant=minbase", f"--include={','.join(included)}", SUITE, root)


def build_package(folder: Path) -> Path:
    """The Debian package of this source tree."""
    done(
        sys.executable, "setup.py", "-q", "bdist_wheel", "--dist-dir", folder / "dist", "--bdist-dir", folder / "built"
    )
    (ours,) = (folder / "dist").glob("*.whl")
    done(sys.executable, "-m", "pip", "wheel", "--quiet", "-w", folder / "wheels", ours)
    done(INSTALL, "deb", folder / "wheels", folder / "softswitch.deb")
    return folder / "softswitch.deb"
