"""A node's data as one file, taken while it runs, and a node made of it: settings, secrets, configuration, records, voices.

What runs is copied as what survives a crash: databases through SQLite's own backup, the configuration as its log, spools and
recordings as they are at this moment (each is whole at any moment). Left out: processes' files (`run`, `logs`), replicas (they
are read from the log), stock prompts (they come with the program), membership of a cluster (a restored node is alone).
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from configdb import logfile, nats_server
from configdb.client import ConfigClient
from configdb.errors import Refused
from configdb.log_jetstream import JetStreamLog, log_of
from configdb.nats_link import NatsLink, link_of
from configdb.nats_rights import OPERATOR
from configdb.node import NodeSettings, load_settings
from configdb.store import DiskError, Store
from installer.free_port import free_port
from installer.unpacking import NotOurs, unpack

LOG = "configuration.log"
CURRENT_S_MAX = 60.0
START_S_MAX = 30.0
LEFT_OUT = {"run", "logs", "config", "nats", "prompts", "cluster"}
PREFIX = "softswitch-"


class NoBackup(Exception):
    """Why there is none, or why it cannot be restored, with what to do."""


def backup(data: Path, folder: Path, settings: NodeSettings, keep: int, now: float) -> Path:
    """Writes FOLDER/softswitch-<name>-<time>.tar.gz (0600); only the newest `keep` of this node stay. Raises NoBackup."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    target = folder / f"{PREFIX}{settings.name}-{stamp}.tar.gz"
    part = target.with_suffix(".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            _dump(data, Path(scratch), settings)
            part.touch(mode=0o600)
            with tarfile.open(part, "w:gz", compresslevel=3) as archive:
                for path, name in _files(data, Path(scratch)):
                    _add(archive, path, name)
        check(part)
        with open(part, "rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
    except (OSError, sqlite3.Error, tarfile.TarError, ValueError) as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise NoBackup(f"no backup in {folder}: {error}") from error
    for old in sorted(folder.glob(f"{PREFIX}{settings.name}-*.tar.gz"))[:-keep]:
        old.unlink()
    for left in folder.glob(f"{PREFIX}{settings.name}-*.tar.part"):  # of one that was killed
        left.unlink(missing_ok=True)
    return target


def check(archive: Path) -> int:
    """Reads a backup to its end; how many entries of configuration it holds. Raises NoBackup, OSError."""
    try:
        with tarfile.open(archive, "r:gz") as file, tempfile.TemporaryDirectory() as scratch:
            unpack(file, Path(scratch), LOG)
            return logfile.check(Path(scratch) / LOG)
    except (tarfile.TarError, EOFError, logfile.BadLogFile, NotOurs, FileNotFoundError) as error:
        raise NoBackup(f"{archive} is no whole backup: {error}") from error


def restore(archive: Path, data: Path) -> int:
    """Makes an empty data directory what a backup says; how many entries of configuration. Raises NoBackup."""
    if data.exists() and any(data.iterdir()):
        raise NoBackup(f"{data} is not empty: restore into another --data, or move it away")
    check(archive)
    try:
        data.mkdir(parents=True, exist_ok=True)
        data.chmod(0o750)
        with tarfile.open(archive, "r:gz") as file:
            unpack(file, data)
        with _nats(data) as link:
            count = logfile.put_back(data / LOG, JetStreamLog(link, _shard(data)))
        (data / LOG).unlink()
        return count
    except (OSError, tarfile.TarError, Refused, TimeoutError) as error:
        raise NoBackup(f"{archive} was not restored whole, {data} cannot be used: {error}") from error


def _shard(data: Path) -> str:
    return load_settings(data).shard


def _dump(data: Path, scratch: Path, settings: NodeSettings) -> None:
    """The configuration as it is now, from a replica of its own; copies of the databases."""
    (scratch / "replica").mkdir()
    link = link_of(data, settings)
    try:
        store = Store(scratch / "replica" / "backup")
        client = ConfigClient(scratch / "replica", "backup", log_of(link, settings), store=store)
        client.start()
        try:
            if not client.wait_current(CURRENT_S_MAX):
                raise NoBackup(f"the configuration log does not answer ({client.status.text}): start the node")
            logfile.write(scratch / LOG, store)
        finally:
            client.stop()
    except DiskError as error:
        raise NoBackup(f"the configuration cannot be copied: {error}") from error
    finally:
        link.close()
    for path in sorted(data.glob("*.sqlite3")):
        with (
            closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(scratch / path.name)) as copy,
        ):
            source.backup(copy)


def _files(data: Path, scratch: Path) -> Iterator[tuple[Path, str]]:
    """What goes in, with its name there."""
    yield scratch / LOG, LOG
    for path in sorted(scratch.glob("*.sqlite3")):
        yield path, path.name
    for top in sorted(data.iterdir()):
        if top.name in LEFT_OUT or ".sqlite3" in top.name:
            continue
        for path in sorted(top.rglob("*")) if top.is_dir() else (top,):
            if path.is_file() and not path.is_symlink():
                yield path, str(path.relative_to(data))


def _add(archive: tarfile.TarFile, path: Path, name: str) -> None:
    """A file as long as it is now, whatever is appended meanwhile; one that has just gone is left out."""
    try:
        with open(path, "rb") as file:
            entry = archive.gettarinfo(arcname=name, fileobj=file)
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            archive.addfile(entry, file)
    except FileNotFoundError:
        return


@contextmanager
def _nats(data: Path) -> Iterator[NatsLink]:
    """The node's NATS server alone, for a while."""
    port = free_port()
    command = nats_server.command(data, port)
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    link = NatsLink([f"nats://127.0.0.1:{port}"], OPERATOR, nats_server.password(data))
    try:
        deadline = time.monotonic() + START_S_MAX
        while not link.connected:
            if server.poll() is not None or time.monotonic() > deadline:
                raise TimeoutError(f"nats-server does not start on port {port}")
            time.sleep(0.05)
        yield link
    finally:
        link.close()
        server.terminate()
        server.wait(30)
