"""Small durable tables of the switch (registrations, subscriptions): one JSON line a change, the last of a key counts.

A line is with the kernel when `put` returns, so that kill -9 loses none; the disk gets it within SYNC_S (a power cut).
When more than half of the file is old, it is written anew in a thread and takes the old one's place at once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.threads import deferToThread
from twisted.logger import Logger
from twisted.python.failure import Failure

SYNC_S = 1.0
OLD_LINES_MIN = 1_000


class Journal:
    """One table in one file. `defer(work)` runs work off the reactor and gives a Deferred."""

    _log = Logger(namespace="softswitch.journal")

    def __init__(self, reactor: Any, path: Path, defer: Callable[..., Any] = deferToThread) -> None:
        self._reactor, self._path, self._defer = reactor, path, defer
        self._lines: dict[str, bytes] = {}
        self._file: int | None = None
        self._written = 0
        self._late: list[bytes] | None = None  # lines put while the file is written anew
        self._syncing: Any = None

    def load(self) -> dict[str, Any]:
        """The table as it was; a line that was not finished, or is damaged, is left out. Call it once, before `put`."""
        found: dict[str, Any] = {}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        for line in self._path.read_bytes().splitlines() if self._path.exists() else ():
            try:
                key, value = json.loads(line)
                found.pop(key, None)
            except (ValueError, TypeError):
                continue
            if value is not None:
                found[key] = value
        self._lines = {key: _line(key, value) for key, value in found.items()}
        self._replace(b"".join(self._lines.values()))
        self._opened(len(self._lines))
        return found

    def put(self, key: str, value: Any) -> None:
        """Set a key; None removes it. A sick disk is logged, never raised: the table in memory is what serves."""
        line = _line(key, value)
        if value is None:
            if self._lines.pop(key, None) is None:
                return
        else:
            self._lines[key] = line
        self._append(line)
        if self._late is not None:
            self._late.append(line)
        elif self._written > 2 * len(self._lines) + OLD_LINES_MIN:
            self._renew()

    def close(self) -> None:
        """Everything to disk, then shut."""
        if self._syncing is not None and self._syncing.active():
            self._syncing.cancel()
        if self._file is not None:
            self._sync(self._file)
            os.close(self._file)
            self._file = None

    def _append(self, line: bytes) -> None:
        if self._file is None:
            return
        try:
            os.write(self._file, line)
        except OSError as error:
            self._log.error("{path} cannot be written: {error}", path=str(self._path), error=error)
            return
        self._written += 1
        if self._syncing is None:
            self._syncing = self._reactor.callLater(SYNC_S, self._sync_soon)

    def _sync_soon(self) -> None:
        self._syncing = None
        if self._file is not None:
            own = os.dup(self._file)
            self._defer(self._sync, own).addBoth(lambda _: os.close(own))

    def _sync(self, file: int) -> None:
        try:
            os.fdatasync(file)
        except OSError as error:
            self._log.error("{path} cannot be synced: {error}", path=str(self._path), error=error)

    def _renew(self) -> None:
        self._late = []
        lines = list(self._lines.values())
        done = self._defer(self._write_aside, b"".join(lines))
        done.addCallbacks(lambda _: self._renewed(len(lines)), self._not_renewed)

    def _renewed(self, count: int) -> None:
        late, self._late = self._late or [], None
        if self._file is None:
            return
        with open(self._aside, "ab") as file:
            file.write(b"".join(late))
        os.replace(self._aside, self._path)
        os.close(self._file)
        self._opened(count + len(late))

    def _not_renewed(self, failure: Failure) -> None:
        self._late = None
        self._log.failure("a table cannot be written anew", failure)

    def _opened(self, count: int) -> None:
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._written = count

    @property
    def _aside(self) -> Path:
        return self._path.with_suffix(".new")

    def _write_aside(self, data: bytes) -> None:
        file = os.open(self._aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(file, "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())

    def _replace(self, data: bytes) -> None:
        self._write_aside(data)
        os.replace(self._aside, self._path)


def _line(key: str, value: Any) -> bytes:
    return json.dumps([key, value], separators=(",", ":")).encode() + b"\n"
