"""A media store in a directory: temporary file, fsync, rename, fsync of the folder; a JSON side-car beside each medium."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from media.storage.names import checked
from media.storage.store import NoSuchMedia, Stat, StoreError

CHUNK_BYTES = 256 * 1024
SIDE_CAR = ".json"
UNFINISHED = ".part"


class LocalStore:
    """`MediaStore` below `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True)

    def put_file(self, name: str, path: Path, metadata: Mapping[str, Any], content_type: str = "audio/wav") -> Stat:
        target = self._path(name)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            size, digest = self._copy(path, target)
            stat = Stat(name, size, digest, content_type, dict(metadata))
            self._write(Path(f"{target}{SIDE_CAR}"), json.dumps(_document(stat)).encode())
            os.replace(f"{target}{UNFINISHED}", target)
            _sync_folder(target.parent)
        except OSError as error:
            raise StoreError(f"cannot keep {name}: {error}") from error
        return stat

    @staticmethod
    def _copy(path: Path, target: Path) -> tuple[int, str]:
        digest, size = hashlib.sha256(), 0
        with open(path, "rb") as source, open(f"{target}{UNFINISHED}", "wb") as out:
            while chunk := source.read(CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        return size, digest.hexdigest()

    @staticmethod
    def _write(path: Path, data: bytes) -> None:
        temporary = Path(f"{path}{UNFINISHED}")
        with open(temporary, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, path)

    def stat(self, name: str) -> Stat:
        target = self._path(name)
        if not target.is_file():
            raise NoSuchMedia(name)
        try:
            about = json.loads(Path(f"{target}{SIDE_CAR}").read_bytes())
        except FileNotFoundError:
            about = {"sha256": "", "content_type": "audio/wav", "metadata": {}}
        return Stat(name, target.stat().st_size, about["sha256"], about["content_type"], about["metadata"])

    def read(self, name: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        target = self._path(name)
        if not target.is_file():
            raise NoSuchMedia(name)
        return _chunks(target, start, end)

    def delete(self, name: str) -> bool:
        target = self._path(name)
        there = target.is_file()
        target.unlink(missing_ok=True)
        Path(f"{target}{SIDE_CAR}").unlink(missing_ok=True)
        return there

    def names(self, prefix: str) -> Iterator[str]:
        for path in sorted(self._root.rglob("*")):
            name = path.relative_to(self._root).as_posix()
            if path.is_file() and name.startswith(prefix) and path.suffix not in (SIDE_CAR, UNFINISHED):
                yield name

    def local_path(self, name: str) -> Path | None:
        path = self._path(name)
        return path if path.is_file() else None

    def _path(self, name: str) -> Path:
        return self._root / checked(name)


def _document(stat: Stat) -> dict[str, Any]:
    return {"sha256": stat.sha256, "content_type": stat.content_type, "metadata": dict(stat.metadata)}


def _chunks(path: Path, start: int, end: int | None) -> Iterator[bytes]:
    with open(path, "rb") as file:
        file.seek(start)
        left = None if end is None else max(0, end - start)
        while left is None or left > 0:
            chunk = file.read(CHUNK_BYTES if left is None else min(CHUNK_BYTES, left))
            if not chunk:
                return
            left = None if left is None else left - len(chunk)
            yield chunk


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
