"""One process of the node: started with its log, ended with it, dead when its supervisor dies."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

PR_SET_PDEATHSIG = 1
BACKOFF_S_MAX = 5.0
SAID_BYTES_MAX = 100_000


def _begin(nice: int) -> None:
    """In the new process. Linux: a supervisor that is killed leaves no orphan behind (prctl(2))."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    os.nice(nice)


@dataclass(slots=True)
class Child:
    """`command` runs with its output appended to `log`; `ready()` says that it serves. `nice`: how far it gives way (nice(2))."""

    name: str
    command: list[str]
    log: Path
    ready: Callable[[], bool]
    environment: dict[str, str] = field(default_factory=dict)
    nice: int = 0
    restarts: int = 0
    next_start_at: float = 0.0
    _begun_at_byte: int = 0
    _process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self.alive and self._process else None

    @property
    def alive(self) -> bool:
        """It runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_status(self) -> int | None:
        """How it ended, negative for a signal."""
        return self._process.returncode if self._process is not None else None

    def start(self) -> None:
        """Start it, in a process group of its own: Ctrl-C reaches the supervisor alone.

        Not in a session of its own: where the kernel groups tasks by session (sched(7), autogroup), niceness counts within one.
        """
        with open(self.log, "ab") as log:
            self._begun_at_byte = log.tell()
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment},
                process_group=0,
                preexec_fn=partial(_begin, self.nice),
            )

    def restart(self, now: float) -> None:
        """Start it again and wait a little longer before the next time."""
        self.restarts += 1
        self.next_start_at = now + min(0.2 * 2 ** min(self.restarts, 10), BACKOFF_S_MAX)
        self.start()

    def stop(self, patience_s: float) -> None:
        """SIGTERM, and SIGKILL when it takes longer than `patience_s`."""
        if self._process is None or not self.alive:
            return
        self._process.terminate()
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def said(self) -> str:
        """What is in its log since it was started."""
        try:
            with open(self.log, "rb") as log:
                log.seek(self._begun_at_byte)
                return log.read(SAID_BYTES_MAX).decode(errors="replace")
        except OSError:
            return ""

    def tail(self, lines: int = 15) -> str:
        """The end of its log: what an operator wants to read when it does not start."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""
