"""The machine that is installed: a root directory (a chroot, or "/" itself), or another machine over SSH.

A root directory that is not "/" does not run: accounts are written to its own files by `useradd --root`, nothing is started.
Over SSH everything goes through one shell command each, over one connection; names and texts are quoted, never expanded.
"""

from __future__ import annotations

import atexit
import os
import shlex
import subprocess
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Protocol

WAIT_S_MAX = 300.0
IDLE_S = 15
TEXT_BYTES_MAX = 4_000_000


class Failed(Exception):
    """The target did not do what it was told; the text is for the operator."""


class Target(Protocol):
    """What steps need of a machine. Everything raises `Failed`."""

    runs: bool

    def look(self, path: str) -> tuple[int, str, bool] | None:
        """(mode, owner, whether it is a file) of a path, None when there is nothing."""

    def read(self, path: str) -> str:
        """A file's text."""

    def write(self, path: str, text: str, mode: int, owner: str) -> None:
        """Replace a file at once."""

    def make_folder(self, path: str, mode: int, owner: str) -> None:
        """Make a folder, or correct it."""

    def remove(self, path: str) -> None:
        """Take a file, or an empty folder, away; nothing there is fine."""

    def has_account(self, name: str) -> bool:
        """Whether there is such a user."""

    def has_program(self, name: str) -> bool:
        """Whether a program is installed: its name, or its path."""

    def add_account(self, name: str, home: str) -> None:
        """Make a system user."""

    def remove_account(self, name: str) -> None:
        """Take a user away."""

    def run(self, command: Sequence[str]) -> str:
        """Run a command as root; its output."""


class Shell:
    """A target by shell commands: `prefix` runs one command line as root (`ssh host`, or `sh -c` with a changed root)."""

    def __init__(
        self, prefix: Sequence[str], root: str = "", runs: bool = True, wrap: Callable[[str], str] = str
    ) -> None:
        self._prefix, self._root, self.runs, self._wrap = tuple(prefix), root.rstrip("/"), runs, wrap

    def look(self, path: str) -> tuple[int, str, bool] | None:
        where = shlex.quote(self._at(path))
        said = self._sh(f"if [ -e {where} ]; then stat -c '%a %u:%g %F' {where}; fi").strip()
        if not said:
            return None
        mode, numbers, kind = said.split(" ", 2)
        return int(mode, 8), self._owner(numbers), "file" in kind

    def read(self, path: str) -> str:
        return self._sh(f"cat {shlex.quote(self._at(path))}")

    def write(self, path: str, text: str, mode: int, owner: str) -> None:
        where = shlex.quote(self._at(path))
        numbers = self._numbers(owner)
        self._sh(
            f'umask 077 && mkdir -p "$(dirname {where})" && cat > {where}.part && chmod {mode:o} {where}.part'
            f" && chown {numbers} {where}.part && sync {where}.part && mv -f {where}.part {where}",
            text,
        )

    def make_folder(self, path: str, mode: int, owner: str) -> None:
        where, numbers = shlex.quote(self._at(path)), self._numbers(owner)
        self._sh(f"mkdir -p {where} && chmod {mode:o} {where} && chown {numbers} {where}")

    def remove(self, path: str) -> None:
        where = shlex.quote(self._at(path))
        self._sh(f"if [ -d {where} ]; then rmdir --ignore-fail-on-non-empty {where}; else rm -f {where}; fi")

    def has_account(self, name: str) -> bool:
        return bool(self._sh(f"grep -s '^{name}:' {shlex.quote(self._root + '/etc/passwd')} || true").strip())

    def has_program(self, name: str) -> bool:
        return bool(self._sh(f"PATH=$PATH:/usr/sbin:/sbin command -v {shlex.quote(name)} || true").strip())

    def add_account(self, name: str, home: str) -> None:
        kind = "--system --user-group --no-create-home --shell /usr/sbin/nologin"
        self._sh(f"useradd {self._chroot()}{kind} -d {shlex.quote(home)} {name}")

    def remove_account(self, name: str) -> None:
        self._sh(f"userdel {self._chroot()}{name}")

    def run(self, command: Sequence[str]) -> str:
        return self._sh(shlex.join(command))

    def _at(self, path: str) -> str:
        return self._root + path

    def _chroot(self) -> str:
        return f"--root {shlex.quote(self._root)} " if self._root else ""

    def _numbers(self, owner: str) -> str:
        """uid:gid of an account; numbers are what they are."""
        if owner.replace(":", "").isdigit():
            return owner
        found = [numbers for name, numbers in self._accounts() if name == owner]
        if not found:
            raise Failed(f"there is no account {owner} on the target")
        return found[0]

    def _owner(self, numbers: str) -> str:
        """The account that is uid:gid, by the group it was made with; else the numbers."""
        return next((name for name, known in self._accounts() if known == numbers), numbers)

    def _accounts(self) -> Iterator[tuple[str, str]]:
        yield "root", "0:0"
        for line in self._sh(f"cat {shlex.quote(self._root + '/etc/passwd')} || true").splitlines():
            if line.count(":") >= 3:
                name, _, uid, gid = line.split(":")[:4]
                yield name, f"{uid}:{gid}"

    def _sh(self, line: str, given: str | None = None) -> str:
        try:
            done = subprocess.run(
                [*self._prefix, self._wrap(line)],
                input=given,
                capture_output=True,
                text=True,
                timeout=WAIT_S_MAX,
                check=False,
                env={**os.environ, "LC_ALL": "C"},
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Failed(f"{self._prefix[0]} does not work: {error}") from error
        if done.returncode:
            raise Failed((done.stderr or done.stdout).strip()[:2000] or f"exit status {done.returncode}")
        if len(done.stdout) > TEXT_BYTES_MAX:
            raise Failed("the answer is too long")
        return done.stdout


def this_machine(root: Path = Path("/")) -> Shell:
    """The machine we are on, or a root directory of it."""
    whole = root.absolute() == Path("/")
    return Shell(("sh", "-c"), "" if whole else str(root.absolute()), runs=whole)


def over_ssh(host: str, program: str = "ssh") -> Shell:
    """Another machine, where we are root or sudo needs no password. Raises Failed for what is no host."""
    if host.startswith("-") or any(char.isspace() for char in host):
        raise Failed(f"{host!r} is no host for SSH: write user@host")
    shared = ("ControlMaster=auto", f"ControlPath={_sockets()}/%C", f"ControlPersist={IDLE_S}")
    options = [word for one in ("BatchMode=yes", "ConnectTimeout=10", *shared) for word in ("-o", one)]
    return Shell((program, *options, host), wrap=_as_root)


@cache
def _sockets() -> str:
    """A folder for the connections that commands share (ssh_config(5), ControlPath), gone with this program."""
    folder = mkdtemp(prefix="softswitch-ssh-")
    atexit.register(rmtree, folder, ignore_errors=True)
    return folder


def _as_root(line: str) -> str:
    quoted = shlex.quote(line)
    return f'if [ "$(id -u)" = 0 ]; then sh -c {quoted}; else sudo -n sh -c {quoted}; fi'
