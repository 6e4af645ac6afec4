"""The durable way in: an append-only queue of JSON records in segment files; one implementation for every purpose.

A frame is `length (4 bytes, big-endian) | CRC-32 of the payload (4 bytes) | payload (JSON)`. `append` writes at once, so a
killed process loses nothing it appended; a thread syncs groups of records to disk (`flush` and `durable` wait for it).
Recovery cuts the last segment at the first frame whose CRC is wrong. A position is the number of bytes since the spool began.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import struct
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

HEADER = struct.Struct(">II")
RECORD_BYTES_MAX = 4_000_000
SEGMENT_BYTES_MAX = 16_000_000
SYNC_GAP_S = 0.005
SUFFIX = ".spool"


class SpoolFull(Exception):
    """The record is not on disk: no room, or the disk fails. Nothing was half written."""


def segments(directory: Path) -> list[tuple[int, Path]]:
    """The segments of a spool with the position of their first byte, in order."""
    return sorted((int(path.stem), path) for path in directory.glob(f"*{SUFFIX}"))


def frames(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Whole and right frames from the start: (payload, offset after it). Stops at the first that is not."""
    at = 0
    while at + HEADER.size <= len(data):
        size, crc = HEADER.unpack_from(data, at)
        payload = data[at + HEADER.size : at + HEADER.size + size]
        if size > RECORD_BYTES_MAX or len(payload) < size or zlib.crc32(payload) != crc:
            return
        at += HEADER.size + size
        yield payload, at


class Spool:
    """The writing end; one process at a time. `on_trouble` gets a line when the disk fails and when it is well again."""

    def __init__(
        self,
        directory: Path,
        on_trouble: Callable[[str], None] = lambda _: None,
        segment_bytes_max: int = SEGMENT_BYTES_MAX,
    ) -> None:
        self._directory, self._on_trouble, self._segment_bytes_max = directory, on_trouble, segment_bytes_max
        directory.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Condition()
        self.healthy = True
        self._file, self._start, self._size = self._recover()
        self._durable = self._start + self._size
        self._waiting: list[tuple[int, Callable[[], None]]] = []
        self._closing = False
        self._thread = threading.Thread(target=self._sync_for_ever, name="spool-sync", daemon=True)
        self._thread.start()

    @property
    def position(self) -> int:
        """The position after the last record."""
        return self._start + self._size

    def append(self, record: Mapping[str, Any]) -> int:
        """Write a record; returns the position after it. Raises `SpoolFull`; then nothing was written."""
        payload = json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
        if len(payload) > RECORD_BYTES_MAX:
            raise SpoolFull(f"a record of {len(payload)} bytes is larger than {RECORD_BYTES_MAX}")
        frame = HEADER.pack(len(payload), zlib.crc32(payload)) + payload
        with self._lock:
            try:
                if self._size >= self._segment_bytes_max:
                    self._rotate()
                self._write(frame)
            except OSError as error:
                self._sick(f"cannot write: {error}")
                raise SpoolFull(str(error)) from error
            self._well()
            self._lock.notify_all()
            return self.position

    def _write(self, frame: bytes) -> None:
        written = 0
        try:
            while written < len(frame):
                written += os.write(self._file, frame[written:])
        except OSError:
            with contextlib.suppress(OSError):  # the reader stops at the torn frame anyway; recovery cuts it
                os.ftruncate(self._file, self._size)
                os.lseek(self._file, self._size, os.SEEK_SET)
            raise
        self._size += len(frame)

    def durable(self, callback: Callable[[], None]) -> None:
        """Call back, on the spool's thread, when all that was appended so far is synced."""
        with self._lock:
            self._waiting.append((self.position, callback))
            self._lock.notify_all()

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Wait until all that was appended so far is synced; False when the disk does not let us."""
        done = threading.Event()
        self.durable(done.set)
        return done.wait(timeout_s)

    def probe(self) -> bool:
        """While sick: try the disk again with a record that says nothing. True when it is well."""
        if not self.healthy:
            with contextlib.suppress(SpoolFull):
                self.append({"kind": "probe", "id": ""})
        return self.healthy

    def close(self) -> None:
        """Sync and shut."""
        with self._lock:
            self._closing = True
            self._lock.notify_all()
        self._thread.join(10)
        os.close(self._file)

    def _recover(self) -> tuple[int, int, int]:
        found = segments(self._directory)
        start, path = found[-1] if found else (0, self._directory / f"{0:020d}{SUFFIX}")
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        data = path.read_bytes()
        size = max((end for _, end in frames(data)), default=0)
        if size < len(data):
            self._on_trouble(f"{path.name}: cut {len(data) - size} bytes after the last whole record")
            os.ftruncate(descriptor, size)
        os.lseek(descriptor, size, os.SEEK_SET)
        self._sync_directory()
        return descriptor, start, size

    def _rotate(self) -> None:
        start = self.position
        path = self._directory / f"{start:020d}{SUFFIX}"
        new = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.fdatasync(self._file)
        os.close(self._file)
        self._file, self._start, self._size = new, start, 0
        self._sync_directory()

    def _sync_directory(self) -> None:
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _sync_for_ever(self) -> None:
        while True:
            with self._lock:
                while not self._closing and self._durable >= self.position and not self._waiting:
                    self._lock.wait()
                if self._closing and self._durable >= self.position:
                    self._tell()
                    return
                target, descriptor = self.position, os.dup(self._file)
            synced = self._sync(descriptor)
            with self._lock:
                if synced:
                    self._durable = max(self._durable, target)
                    self._tell()
                elif self._closing:
                    return
                else:
                    self._lock.wait(1.0)
            if synced:
                threading.Event().wait(SYNC_GAP_S)  # a group gathers; the next sync takes it whole

    def _sync(self, descriptor: int) -> bool:
        try:
            os.fdatasync(descriptor)
        except OSError as error:
            with self._lock:
                self._sick(f"cannot sync: {error}")
            return False
        finally:
            os.close(descriptor)
        return True

    def _tell(self) -> None:
        due = [callback for position, callback in self._waiting if position <= self._durable]
        self._waiting = [(position, callback) for position, callback in self._waiting if position > self._durable]
        for callback in due:
            callback()

    def _sick(self, text: str) -> None:
        if self.healthy:
            self.healthy = False
            self._on_trouble(text)

    def _well(self) -> None:
        if not self.healthy:
            self.healthy = True
            self._on_trouble("the disk takes records again")


class SpoolReader:
    """The reading end, in any process. Where it is up to is its caller's to remember; `drained` deletes whole segments."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def read(self, position: int, count_max: int) -> list[tuple[int, dict[str, Any] | bytes]]:
        """Records after `position` as (position after it, record); raw bytes when a record is not a JSON object."""
        found: list[tuple[int, dict[str, Any] | bytes]] = []
        known = segments(self._directory)
        for index, (start, path) in enumerate(known):
            end = known[index + 1][0] if index + 1 < len(known) else None
            if end is not None and end <= position:
                continue
            with open(path, "rb") as file:
                skip = max(0, position - start)
                file.seek(skip)
                data = file.read()
            for payload, after in frames(data):
                found.append((start + skip + after, _record(payload)))
                if len(found) >= count_max:
                    return found
        return found

    def drained(self, position: int) -> None:
        """Delete the segments that end at or before `position`; the last one stays."""
        known = segments(self._directory)
        for (_, path), (next_start, _) in itertools.pairwise(known):
            if next_start <= position:
                path.unlink(missing_ok=True)


def _record(payload: bytes) -> dict[str, Any] | bytes:
    try:
        record = json.loads(payload)
    except ValueError:
        return payload
    return record if isinstance(record, dict) else payload
