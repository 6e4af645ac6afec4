"""Two stores as one: what is put is durable here at once and goes to the far store later; reads look near, then far."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from media.storage.store import MediaStore, NoSuchMedia, Stat, StoreError


class TieredStore:
    """`MediaStore` over `near` and `far`. on_put: is told the name of what waits to be uploaded."""

    def __init__(self, near: MediaStore, far: MediaStore, on_put: Callable[[str], None] = lambda name: None) -> None:
        self._near, self._far, self._on_put = near, far, on_put

    def put_file(self, name: str, path: Path, metadata: Mapping[str, Any], content_type: str = "audio/wav") -> Stat:
        stat = self._near.put_file(name, path, metadata, content_type)
        self._on_put(name)
        return stat

    def upload(self, name: str) -> bool:
        """Bring one medium to the far store, see that it is all there, then let go of the near one; False: it was not here.

        Raises `StoreError`; nothing is deleted then.
        """
        try:
            stat = self._near.stat(name)
        except NoSuchMedia:
            return False
        path = self._near.local_path(name)
        if path is None:
            raise StoreError(f"{name} is in no file")
        kept = self._far.put_file(name, path, stat.metadata, stat.content_type)
        if (kept.size_bytes, kept.sha256) != (stat.size_bytes, stat.sha256 or kept.sha256):
            raise StoreError(f"{name} changed on its way")
        try:
            now = self._near.stat(name)
        except NoSuchMedia:  # deleted while it was on its way: there, too
            self._far.delete(name)
            return False
        if now == stat:  # else it is another one by now, which waits
            self._near.delete(name)
        return True

    def stat(self, name: str) -> Stat:
        try:
            return self._near.stat(name)
        except NoSuchMedia:
            return self._far.stat(name)

    def read(self, name: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        try:
            return self._near.read(name, start, end)
        except NoSuchMedia:
            return self._far.read(name, start, end)

    def delete(self, name: str) -> bool:
        far = self._far.delete(name)  # first: what is left near would be uploaded again
        return self._near.delete(name) or far

    def names(self, prefix: str) -> Iterator[str]:
        yield from sorted({*self._near.names(prefix), *self._far.names(prefix)})

    def local_path(self, name: str) -> Path | None:
        return self._near.local_path(name)
