"""All processes of a node: started in order, watched, restarted when they die, stopped in reverse order.

nats-server -> media worker -> switch -> management web -> background services
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPException
from pathlib import Path

from configdb import damaged_server, nats_server
from configdb.membership import members_file
from configdb.node import NodeSettings, secret
from configdb.runtime import Runtime
from softswitch.supervisor.child import Child
from softswitch.supervisor.ports import next_free, next_free_range, one_of_a_family, split_range

READY_S_MAX = 120.0
GIVES_WAY = 10  # niceness of pages and history: on a busy machine they wait, calls do not
STOP_S_MAX = 6.0
WATCH_S = 0.2


class NotStarted(Exception):
    """A process did not get ready; the text holds the end of its log."""


def choose_ports(settings: NodeSettings, say: Callable[[str], None]) -> Runtime:
    """The ports asked for, or the next free ones; every change is said."""
    hosts = settings.sip_listen or (settings.listen,)
    datagram, stream = socket.SOCK_DGRAM, socket.SOCK_STREAM
    taken: set[int] = set()

    def choose(name: str, wanted: int, at: Sequence[str], *kinds: socket.SocketKind) -> int:
        got = next_free(at, wanted, *kinds, but=taken)
        taken.add(got)
        if wanted != got:
            say(f"{name} port {wanted} is taken: using {got}")
        return got

    def choose_stream(name: str, wanted: int | None) -> int | None:
        return None if wanted is None else choose(name, wanted, hosts, stream)

    sip_port = choose("SIP", settings.sip_port, hosts, datagram, stream)
    http_port = choose("HTTP", settings.http_port, [settings.listen], stream)
    nats_port = choose("NATS", settings.nats_port, ["127.0.0.1"], stream)
    low, high = next_free_range(settings.listen, settings.rtp_port_min, settings.rtp_port_max)
    if low != settings.rtp_port_min:
        say(f"RTP port {settings.rtp_port_min} is taken: using {low}")
    return Runtime(
        sip_host=settings.listen,
        sip_port=sip_port,
        http_port=http_port,
        nats_port=nats_port,
        rtp_port_min=low,
        rtp_port_max=high,
        started_at=time.time(),
        sip_hosts=hosts,
        sip_tls_port=choose_stream("SIP over TLS", settings.sip_tls_port),
        sip_ws_port=choose_stream("SIP over WebSocket", settings.sip_ws_port),
        sip_wss_port=choose_stream("SIP over secure WebSocket", settings.sip_wss_port),
        media_hosts=one_of_a_family(settings.media_listen or (settings.listen,)),
        media_workers=settings.media_workers,
    )


def connectable(address: str | tuple[str, int]) -> bool:
    """True when something listens on a unix socket path or on (host, port)."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.5)
        try:
            probe.connect(address)
        except OSError:
            return False
    return True


def healthy(url: str) -> bool:
    """True when the URL answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except (OSError, HTTPException):
        return False


@dataclass(slots=True)
class Node:
    """The children of one data directory. `say` gets one line for each thing an operator should know."""

    data: Path
    runtime: Runtime
    settings: NodeSettings
    say: Callable[[str], None]
    children: list[Child] = field(default_factory=list)
    stopping: bool = False
    _nats_log_bytes: int = 0
    _members: int | None = None

    def plan(self) -> None:
        """What runs, in the order in which it starts."""
        run, host = self.data / "run", self.runtime.sip_host
        control = str(run / "control.sock")
        web = ("127.0.0.1" if host in ("0.0.0.0", "::") else host, self.runtime.http_port)
        python = [sys.executable, "-m"]
        data = ["--data", str(self.data)]
        self._members = self._cluster()
        if self.settings.nats_url is None:
            nats = nats_server.command(self.data, self.runtime.nats_port, self.settings)
            self._add("nats", nats, lambda: connectable(("127.0.0.1", self.runtime.nats_port)))
        self._plan_media([*python, "media.plane", *data])
        self._add("switch", [*python, "softswitch", *data], lambda: connectable(control))
        self._add("web", [*python, "mgmt", *data], lambda: healthy(f"http://{web[0]}:{web[1]}/healthz"), GIVES_WAY)
        self._add("services", [*python, "mgmt.services", *data], lambda: True, GIVES_WAY)

    def _plan_media(self, python: list[str]) -> None:
        """The media workers, each with its part of the ports; more than one have a core each."""
        runtime = self.runtime
        hosts = [word for pair in zip(("--host", "--host6"), runtime.media_hosts, strict=False) for word in pair]
        parts = split_range(runtime.rtp_port_min, runtime.rtp_port_max, runtime.media_workers)
        for index, (low, high) in enumerate(parts):
            path = str(self.data / "run" / f"media-{index}.sock")
            command = [
                *python,
                "--node",
                self.settings.name,
                "--index",
                str(index),
                "--rtp-ports",
                f"{low}-{high}",
                *hosts,
            ]
            if len(parts) > 1:
                command += ["--cpu", str(index % (os.cpu_count() or 1))]
            self._add("media" if index == 0 else f"media-{index}", command, partial(connectable, path))

    def _add(self, name: str, command: list[str], ready: Callable[[], bool], nice: int = 0) -> None:
        self.children.append(Child(name, command, self.data / "logs" / f"{name}.log", ready, nice=nice))

    def start(self, before: Callable[[Child], None], after: Callable[[Child], None]) -> None:
        """Start each and wait until it serves. Raises `NotStarted` after stopping the others.

        What gives way may be late on a busy machine: nobody's call waits for a page.
        """
        for child in self.children:
            before(child)
            child.start()
            deadline = time.monotonic() + READY_S_MAX
            while not child.ready():
                late = time.monotonic() > deadline
                if late and child.nice and child.alive:
                    self.say(f"{child.name} is not ready after {READY_S_MAX:.0f} s: the others serve meanwhile")
                    break
                if not child.alive or late or self.stopping:
                    tail = child.tail()
                    self.stop()
                    raise NotStarted(f"{child.name} did not start (log: {child.log})\n{tail}")
                time.sleep(0.02)
            after(child)

    def watch(self) -> None:
        """Restart what dies, until `stopping`."""
        while not self.stopping:
            now = time.monotonic()
            known, self._members = self._members, self._cluster()
            if known != self._members:
                self._cluster_changed()
            for child in self.children:
                if child.name == "nats":
                    self._mend(child)
                if not child.alive and now >= child.next_start_at and not self.stopping:
                    self.say(f"{child.name} ended ({child.exit_status}): starting it again")
                    child.restart(now)
            time.sleep(WATCH_S)

    def _mend(self, nats: Child) -> None:
        """A server of several that does not believe its files begins without them: the others fill it again."""
        size = nats.log.stat().st_size
        if size == self._nats_log_bytes:
            return
        self._nats_log_bytes = size
        said = damaged_server.damage(nats.said())
        joined = nats_server.membership_of(self.data, self.settings)
        if said is None or joined is None or len(joined.others) < 2:
            return
        nats.stop(STOP_S_MAX)
        self.say(
            f"NATS: {said}: its files are set aside in {damaged_server.set_aside(self.data)}, other nodes fill it again"
        )
        nats.start()

    def _cluster(self) -> int | None:
        """When the file of members was written."""
        try:
            return members_file(self.data).stat().st_mtime_ns
        except OSError:
            return None

    def _cluster_changed(self) -> None:
        """NATS meets other nodes from now, or others than before: it reads its settings again, and drops who is not trusted."""
        nats = next((child for child in self.children if child.name == "nats"), None)
        if nats is None:
            return
        config = self.data.resolve() / "nats" / "server.conf"
        was_alone = "cluster {" not in config.read_text()
        nats_server.command(self.data, self.runtime.nats_port, self.settings)
        if was_alone:
            self.say("this node is one of several now: NATS is started again")
            nats.stop(STOP_S_MAX)
        elif nats.alive and nats.pid is not None:
            os.kill(nats.pid, signal.SIGHUP)

    def stop(self) -> None:
        """Stop everything, last started first."""
        self.stopping = True
        for child in reversed(self.children):
            child.stop(STOP_S_MAX)

    def stop_on_signals(self) -> None:
        """Ctrl-C and SIGTERM end `watch` (and `start`); SIGHUP is `reload`, at a terminal the end."""

        def on_signal(_number: int, _frame: object) -> None:
            self.stopping = True

        signal.signal(signal.SIGINT, on_signal)
        signal.signal(signal.SIGTERM, on_signal)
        hang_up = on_signal if sys.stdin.isatty() else lambda number, frame: self.reload()
        signal.signal(signal.SIGHUP, hang_up)

    def reload(self) -> None:
        """The switch reads its certificates again."""
        for child in self.children:
            if child.name == "switch" and child.alive and child.pid is not None:
                os.kill(child.pid, signal.SIGHUP)


def prepare(data: Path, shared: bool = True) -> None:
    """The folders of a data directory and the secrets that are made once (0600).

    shared: those too that all nodes of a cluster have in common; a node that is about to join gets them there.
    """
    for folder in ("run", "secrets", "nats", "config", "spool", "media", "prompts", "recordings", "logs"):
        (data / folder).mkdir(parents=True, exist_ok=True)
    (data / "secrets").chmod(0o700)
    for name in ("node.key", "operator.token") if shared else ("operator.token",):
        secret(data, name)
