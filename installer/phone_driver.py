"""Drives `installer.phone`, a real phone in a process of its own: the demo call, `doctor`, and the acceptance tests."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import threading
import time
from typing import Any

LEAVING_S = 20.0


class PhoneSilent(Exception):
    """What was waited for did not happen; the text holds the last things that did."""


class Phone:
    """`installer.phone` over its pipes: `do` sends a command, `wait` finds the next event of a kind."""

    def __init__(
        self,
        port: int = 0,
        transport: str = "udp",
        host: str = "127.0.0.1",
        strict: bool = False,
        srtp: str = "off",
    ) -> None:
        """strict: it requires 100rel and session timers.  srtp: off, optional or mandatory."""
        where = ["--port", str(port), "--transport", transport, "--host", host, "--srtp", srtp]
        command = [sys.executable, "-m", "installer.phone", *where, *(["--strict"] if strict else [])]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._events: queue.Queue[dict[str, Any]] = queue.Queue()
        self._leaving = False
        self.seen: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait("ready")

    def _read(self) -> None:
        for line in self._process.stdout or ():
            if line.startswith(b"{"):
                self._events.put(json.loads(line))

    def do(self, what: str, **fields: Any) -> None:
        """Send a command."""
        self._leaving = self._leaving or what == "quit"
        if self._process.stdin is not None:
            self._process.stdin.write(json.dumps({"do": what, **fields}).encode() + b"\n")
            self._process.stdin.flush()

    def wait(self, event: str, timeout_s: float = 20.0, **fields: Any) -> dict[str, Any]:
        """The next event of that name whose fields are these; what came before it stays in `seen`."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                found = self._events.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise PhoneSilent(f"no {event} {fields} within {timeout_s} s; seen: {self.seen[-8:]}") from None
            self.seen.append(found)
            if found["event"] == event and all(found.get(key) == value for key, value in fields.items()):
                return found

    def has(self, event: str, **fields: Any) -> bool:
        """Whether it happened already; never waits."""
        while not self._events.empty():
            self.seen.append(self._events.get())
        return any(one["event"] == event and all(one.get(k) == v for k, v in fields.items()) for one in self.seen)

    def answered(self, timeout_s: float = 20.0) -> None:
        """Until the only call is answered. Raises `PhoneSilent`, at once when it ended instead."""
        deadline = time.monotonic() + timeout_s
        while (found := self.wait("state", max(0.0, deadline - time.monotonic())))["state"] != "CONFIRMED":
            if found["state"] == "DISCONNECTED":
                raise PhoneSilent(f"the call was not answered: {found['code']} {found['reason']}")

    def listen(self) -> None:
        """Take calls without registering, from now on."""
        self.do("listen")
        self.wait("listening")

    def register(self, user: str, password: str, registrar: str, lamp: bool = False) -> int:
        """Register with "host:port", and ask for the message lamp; the status of the answer."""
        self.do("register", user=user, password=password, registrar=registrar, lamp=lamp)
        return int(self.wait("registered")["status"])

    def register_by_digest(self, user: str, realm: str, ha1: str, registrar: str) -> int:
        """Register by what the registrar itself keeps of a password: HA1 of MD5."""
        self.do("register", user=user, realm=realm, ha1=ha1, registrar=registrar)
        return int(self.wait("registered")["status"])

    def leave(self) -> None:
        """Hang up and end the process, within `LEAVING_S`: what it recorded is whole then, its header too."""
        self.do("quit")
        try:
            self._process.wait(LEAVING_S)
        except subprocess.TimeoutExpired:
            raise PhoneSilent(f"the phone did not end within {LEAVING_S} s") from None

    def close(self) -> None:
        """End the process, whatever it does."""
        if self._process.poll() is None:
            with contextlib.suppress(OSError, PhoneSilent):
                self.leave()
        self.kill()

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self._process.poll() is None and not self._leaving

    def kill(self) -> None:
        """End the process as a power cut would: the far end is told nothing."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()

    def __enter__(self) -> Phone:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
