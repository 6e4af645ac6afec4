"""A ZIP archive made while it is read: stored, of any size (ZIP64), one chunk in memory at a time (APPNOTE.TXT 4.3.9, 4.4.4)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime


class _Out(io.RawIOBase):
    """Where the archive goes: what was written since the last look. It cannot be sought in, so sizes follow what they are of."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # zipfile writes bytes
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


def archived(files: Iterable[tuple[str, datetime, Iterable[bytes]]]) -> Iterator[bytes]:
    """The archive of (name, time, content) in pieces. What a content raises ends it in the middle: nobody takes it for whole."""
    out = _Out()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, at, content in files:
            info = zipfile.ZipInfo(name, (max(1980, at.year), at.month, at.day, at.hour, at.minute, at.second))
            info.external_attr = 0o600 << 16
            with archive.open(info, "w", force_zip64=True) as member:
                for chunk in content:
                    member.write(chunk)
                    yield out.taken()
            yield out.taken()
    yield out.taken()
