"""The interface of a media store: whole files, durable when told so, read in ranges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


class NoSuchMedia(KeyError):
    """Theirs: there is no medium of that name."""


class StoreError(OSError):
    """Ours: the store failed; try again later."""


@dataclass(frozen=True, slots=True)
class Stat:
    """What is known of a medium: bytes, SHA-256 in hex, content type, and what was said when it was put."""

    name: str
    size_bytes: int
    sha256: str
    content_type: str
    metadata: Mapping[str, Any]


class MediaStore(Protocol):
    """Names as `media.storage.names`. A medium is visible when it is complete and durable, or not at all."""

    def put_file(self, name: str, path: Path, metadata: Mapping[str, Any], content_type: str = "audio/wav") -> Stat:
        """Keep a copy of the file; the same name again replaces it. Raises `StoreError`."""

    def stat(self, name: str) -> Stat:
        """Raises `NoSuchMedia`."""

    def read(self, name: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Bytes from `start` up to, not including, `end`, in chunks. Raises `NoSuchMedia`."""

    def delete(self, name: str) -> bool:
        """True when it was there."""

    def names(self, prefix: str) -> Iterator[str]:
        """All names below a prefix, sorted."""

    def local_path(self, name: str) -> Path | None:
        """A file on this machine with the same bytes, when there is one: what the media plane plays."""
