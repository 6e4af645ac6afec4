"""The durable way in: an append-only queue of JSON records in segment files; one implementation for every purpose.

A frame is `length (4 bytes, big-endian) | CRC-32 of the payload (4 bytes) | payload (JSON)`. `append` writes at once, so a
killed process loses nothing it appended; a thread syncs groups of records to disk (`flush` and `durable` wait for it).
Recovery cuts the last segment at the first frame whose CRC is wrong. A position is the number of bytes since the spool began.

After a failed sync the kernel forgets what it could not write and says yes the next time: what is not yet synced is kept in
memory and written again before the next try, so that nothing is ever called durable that is not.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import json
import os
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

HEADER = struct.Struct(">II")
RECORD_BYTES_MAX = 4_000_000
SEGMENT_BYTES_MAX = 16_000_000
SYNC_GAP_S = 0.025  # what a power cut may take at the most; more often costs more than the calls themselves
READ_BYTES, READ_BYTES_MAX = 1_000_000, 2 * RECORD_BYTES_MAX  # the most only for a record that is longer than the first
UNSYNCED_BYTES_MAX = 64_000_000
RETRY_S = 1.0
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
        self._held = threading.RLock()
        self._lock = threading.Condition(self._held)
        self._idle = False  # the thread waits for records: one that gathers a group looks by itself
        self._troubles: set[str] = set()
        self._file, self._start, self._size = self._recover()
        self._named = True  # the name of the segment is on disk
        self._durable = self.position
        self._unsynced = bytearray()  # from `_durable` to `position`
        self._waiting: list[tuple[int, Callable[[], None]]] = []
        self._closing = False
        self._thread = threading.Thread(target=self._sync_for_ever, name="spool-sync", daemon=True)
        self._thread.start()

    @property
    def position(self) -> int:
        """The position after the last record."""
        return self._start + self._size

    @property
    def healthy(self) -> bool:
        """True while the disk takes records and keeps them."""
        return not self._troubles

    def append(self, *records: Mapping[str, Any]) -> int:
        """Write records with one system call, all or none; returns the position after them. Raises `SpoolFull`: none."""
        frames = b"".join([_frame(record) for record in records])
        with self._held:
            try:
                self._write(frames)
            except OSError as error:
                self._trouble("write", f"cannot write: {error}")
                raise SpoolFull(str(error)) from error
            if self._troubles:
                self._well("write")
            if self._idle:
                self._lock.notify_all()
            return self._start + self._size

    def _write(self, frames: bytes) -> None:
        if len(self._unsynced) > UNSYNCED_BYTES_MAX:
            raise OSError(errno.ENOSPC, "the disk has not synced for too long")
        try:
            written = os.pwrite(self._file, frames, self._size)
            while written < len(frames):
                written += os.pwrite(self._file, frames[written:], self._size + written)
        except OSError:
            with contextlib.suppress(OSError):  # the reader stops at the torn frame anyway, the next one goes over it
                os.ftruncate(self._file, self._size)
            raise
        self._size += len(frames)
        self._unsynced += frames

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

    def close(self) -> None:
        """Sync and shut; what is appended afterwards is refused."""
        with self._lock:
            self._closing = True
            self._lock.notify_all()
        self._thread.join(10)
        with self._lock:
            os.close(self._file)
            self._file = -1

    def _recover(self) -> tuple[int, int, int]:
        found = segments(self._directory)
        start, path = found[-1] if found else (0, self._directory / f"{0:020d}{SUFFIX}")
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        data = path.read_bytes()
        size = max((end for _, end in frames(data)), default=0)
        if size < len(data):
            kept = self._directory / f"{start + size:020d}.cut"
            with contextlib.suppress(OSError):
                kept.write_bytes(data[size:])
            self._on_trouble(f"{path.name}: cut {len(data) - size} bytes after the last whole record, see {kept.name}")
            os.ftruncate(descriptor, size)
        _sync_directory(self._directory)
        return descriptor, start, size

    def _rotate(self) -> None:
        """Begin a segment; all of this one is synced. A disk that does not let us goes on with this one."""
        path = self._directory / f"{self.position:020d}{SUFFIX}"
        try:
            new = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            self._trouble("rotate", f"cannot begin a segment: {error}")
            return
        os.close(self._file)
        self._file, self._start, self._size, self._named = new, self.position, 0, False
        self._well("rotate")

    def _sync_for_ever(self) -> None:
        while True:
            with self._lock:
                while not self._closing and self._durable >= self.position and not self._waiting:
                    self._idle = True
                    self._lock.wait()
                    self._idle = False
                if self._closing and self._durable >= self.position:
                    self._tell()
                    return
                target, descriptor = self.position, self._file
            try:
                if not self._named:
                    _sync_directory(self._directory)
                    self._named = True
                os.fdatasync(descriptor)  # only this thread changes `_file`
                with self._lock:
                    self._synced(target)
                    if self._is_full(target):
                        if target < self.position:
                            os.fdatasync(descriptor)
                            self._synced(self.position)
                        self._rotate()
            except OSError as error:
                if not self._try_again(error):
                    return
            else:
                if self._size < self._segment_bytes_max:
                    time.sleep(SYNC_GAP_S)  # a group gathers; the next sync takes it whole

    def _is_full(self, synced: int) -> bool:
        """Whether to begin a segment: at a moment when all is synced, while there is room to wait for one.

        A sync while the lock is held keeps everybody waiting who appends.
        """
        rest = 0 if synced == self.position else self._segment_bytes_max // 2
        return self._size >= self._segment_bytes_max + rest

    def _synced(self, target: int) -> None:
        del self._unsynced[: target - self._durable]
        self._durable = target
        self._well("sync")
        self._tell()

    def _try_again(self, error: OSError) -> bool:
        with self._lock:
            self._trouble("sync", f"cannot sync: {error}")
            if not self._closing:
                self._lock.wait(RETRY_S)
            with contextlib.suppress(OSError):
                os.pwrite(self._file, self._unsynced, self._size - len(self._unsynced))
            return not self._closing

    def _tell(self) -> None:
        due = [callback for position, callback in self._waiting if position <= self._durable]
        self._waiting = [(position, callback) for position, callback in self._waiting if position > self._durable]
        for callback in due:
            callback()

    def _trouble(self, what: str, text: str) -> None:
        if what not in self._troubles:
            self._troubles.add(what)
            self._on_trouble(text)

    def _well(self, what: str) -> None:
        if what in self._troubles:
            self._troubles.remove(what)
            if self.healthy:
                self._on_trouble("the disk takes records again")


class SpoolReader:
    """The reading end, in any process. Where it is up to is its caller's to remember; `drained` deletes whole segments."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def read(self, position: int, count_max: int) -> list[tuple[int, dict[str, Any] | bytes]]:
        """Records after `position` as (position after it, record); raw bytes for what is no JSON object or is damaged.

        What is given was synced before: a power cut cannot take back what its reader acted on. A position that lies behind
        the end is that of another spool, which is gone: this one is read from its beginning.
        """
        found: list[tuple[int, dict[str, Any] | bytes]] = []
        known = segments(self._directory)
        if known and position > known[-1][0] + known[-1][1].stat().st_size:
            position = 0
        ends = [*(start for start, _ in known[1:]), None]
        for (start, path), end in zip(known, ends, strict=True):
            if end is not None and end <= position:
                continue
            at = max(start, position)
            data = _synced_bytes(path, at - start)
            after = 0
            for payload, after in frames(data):
                found.append((at + after, _record(payload)))
                if len(found) >= count_max:
                    return found
            if end is None or (after and len(data) >= READ_BYTES):
                break
            if at + after < end:
                found.append((end, data[after:]))
        return found

    def drained(self, position: int) -> None:
        """Delete the segments that end at or before `position`; the last one stays."""
        known = segments(self._directory)
        for (_, path), (next_start, _) in itertools.pairwise(known):
            if next_start <= position:
                path.unlink(missing_ok=True)


def _frame(record: Mapping[str, Any]) -> bytes:
    payload = _json(record)
    if len(payload) > RECORD_BYTES_MAX:
        raise SpoolFull(f"a record of {len(payload)} bytes is larger than {RECORD_BYTES_MAX}")
    return HEADER.pack(len(payload), zlib.crc32(payload)) + payload


def _json(record: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(record)
    except TypeError:  # octets of the network that are no UTF-8
        return json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


def _synced_bytes(path: Path, offset: int) -> bytes:
    """What is there, not all of it where it is much, but at least one record."""
    with open(path, "rb") as file:
        file.seek(offset)
        data = file.read(READ_BYTES)
        if len(data) == READ_BYTES and next(frames(data), None) is None:
            data += file.read(READ_BYTES_MAX - READ_BYTES)
        if data:
            os.fdatasync(file.fileno())
    if data and offset == 0:
        _sync_directory(path.parent)
    return data


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _record(payload: bytes) -> dict[str, Any] | bytes:
    try:
        record = orjson.loads(payload)
    except ValueError:
        return payload
    return record if isinstance(record, dict) else payload
