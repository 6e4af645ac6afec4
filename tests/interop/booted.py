"""A Debian that is booted: systemd is its first process, in namespaces of its own, on a machine of a test's network.

It has no user namespace, as the node's capabilities are to be real ones; so it may not load modules nor set the clock, and of
/proc/sys only the network's part is to be written.
"""

from __future__ import annotations

import os
import signal
import subprocess
import uuid
from pathlib import Path

from tests.interop.debian import INSTALL, done
from tests.interop.namespaces import Machines
from tests.interop.node import eventually

PACKAGES = ("systemd-sysv", "dbus", "openssh-server", "sudo", "nftables", "logrotate", "procps", "openssl", "nginx")
BOOT_S_MAX = 120.0
CGROUPS = ("/sys/fs/cgroup/unified", "/sys/fs/cgroup")
"""Where the second hierarchy is mounted, on hosts with both and on those with it alone."""

BOOT = """\
echo $$ > $CGROUP/cgroup.procs
exec unshare --mount --pid --fork --kill-child --uts --ipc --cgroup sh -ec '
mount --bind $ROOT $ROOT
cd $ROOT
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
for node in null zero full random urandom tty; do touch dev/$node; mount --bind /dev/$node dev/$node; done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
pivot_root . mnt
mount --bind proc/sys proc/sys
mount --bind proc/sys/net proc/sys/net
mount -o remount,bind,ro proc/sys
umount -l mnt
exec env -i container=softswitch setpriv --bounding-set=-sys_module,-sys_time,-sys_rawio /sbin/init'
"""


class Booted:
    """`root` was filled by `fresh_root` with PACKAGES; `name` is its machine, `operator` that of who gives orders."""

    def __init__(self, root: Path, folder: Path, machines: Machines, name: str, operator: str) -> None:
        self.root, self.folder, self.address = root, folder, machines.address(name)
        self.machines, self._name, self._operator = machines, name, operator
        self._cgroup = (
            Path(next(one for one in CGROUPS if (Path(one) / "cgroup.procs").exists())) / f"pbx-{uuid.uuid4()}"
        )
        for name, text in (("hostname", "pbx\n"), ("hosts", "127.0.0.1 localhost\n127.0.1.1 pbx\n")):
            (root / "etc" / name).write_text(text)
        self._let_in()

    def _let_in(self) -> None:
        """The operator's key, for root and for one who has sudo."""
        key = self.folder / "key"
        done("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
        done("chroot", self.root, "useradd", "--create-home", "--shell", "/bin/sh", "admin")
        (self.root / "etc/sudoers.d/admin").write_text("admin ALL=(ALL) NOPASSWD: ALL\n")
        for home in ("root", "home/admin"):
            keys = self.root / home / ".ssh"
            keys.mkdir(mode=0o700, exist_ok=True)
            (keys / "authorized_keys").write_text(key.with_suffix(".pub").read_text())
        done("chroot", self.root, "chown", "-R", "admin:admin", "/home/admin")
        config = f"IdentityFile {key}\nUserKnownHostsFile {self.folder}/known\nStrictHostKeyChecking accept-new\n"
        (self.folder / "config").write_text(config)
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "ssh").write_text(f'#!/bin/sh\nexec /usr/bin/ssh -F {self.folder}/config "$@"\n')
        (self.folder / "bin" / "ssh").chmod(0o755)

    def boot(self) -> None:
        """Returns when systemd has started what it starts."""
        self._cgroup.mkdir(exist_ok=True)
        environment = {**os.environ, "ROOT": str(self.root), "CGROUP": str(self._cgroup)}
        with self.machines.inside(self._name), open(self.folder / "boot.log", "ab") as log:
            self._init = subprocess.Popen(["sh", "-ec", BOOT], stdout=log, stderr=log, env=environment)
        eventually(self._is_up, BOOT_S_MAX, "the boot")

    def _is_up(self) -> bool:
        assert self._init.poll() is None, (self.folder / "boot.log").read_text()
        said = self._operated("ssh", f"root@{self.address}", "systemctl is-system-running --wait")
        return said.stdout.strip() in ("running", "degraded")

    def reboot(self) -> None:
        """As `reboot` does it."""
        self._operated("ssh", f"root@{self.address}", "systemctl reboot")
        assert -signal.SIGHUP == self._init.wait(BOOT_S_MAX), "the end that asks for another beginning (reboot(2))"
        self.boot()

    def close(self) -> None:
        """The power is cut."""
        self._init.kill()
        self._init.wait()
        eventually(lambda: not (self._cgroup / "cgroup.events").read_text().startswith("populated 1"), what="its end")
        for folder, _, _ in os.walk(self._cgroup, topdown=False):
            os.rmdir(folder)

    def __call__(self, command: str, user: str = "root") -> str:
        """What a command over SSH said; it must have worked."""
        ran = self._operated("ssh", f"{user}@{self.address}", command)
        assert 0 == ran.returncode, f"{command}\n{ran.stdout[-3000:]}{ran.stderr[-3000:]}"
        return ran.stdout

    def install(self, what: str, site: Path, user: str = "root") -> subprocess.CompletedProcess[str]:
        """`softswitch-install` at the operator's machine, over SSH."""
        return self._operated(str(INSTALL), what, str(site), "--host", f"{user}@{self.address}")

    def _operated(self, *command: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        with self.machines.inside(self._operator):
            return subprocess.run(
                command, capture_output=True, text=True, check=False, env={**os.environ, "PATH": path}, timeout=600
            )
