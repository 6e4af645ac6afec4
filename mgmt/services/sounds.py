"""Finished sound files on their way into the media store: header repaired, copied durably, then removed (RELIABILITY R1, R2)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from media.audio.wav import HEADER_SIZE, repaired_header
from media.storage.names import media_id, name_of
from media.storage.store import MediaStore, NoSuchMedia
from vault.register import Register


class Sounds:
    """`history.writer.MediaIn` over a media store, and the register of what is in it."""

    def __init__(
        self,
        store: MediaStore,
        register: Register,
        kept: Callable[[str, str], None] = lambda tenant, known_as: None,
    ) -> None:
        """`kept` is told tenant and media id of each sound that is new in the store."""
        self._store, self._register, self._kept = store, register, kept

    def keep(
        self, tenant: str, kind: str, thing: str, path: Path, at: float, call: str, said: dict[str, Any] | None = None
    ) -> str | None:
        """Move a WAV file into the store; its media id, None when it holds no sound. Asked again it answers the same."""
        known_as = media_id(kind, at, thing)
        name = name_of(tenant, known_as)
        if not path.is_file():
            try:
                stat = self._store.stat(name)
            except NoSuchMedia:
                return None
            self._register.kept(tenant, known_as, kind, at, call, stat, said)
            return known_as
        if path.stat().st_size <= HEADER_SIZE:
            path.unlink()
            return None
        repair(path)
        stat = self._store.put_file(name, path, {"tenant": tenant, "kind": kind, "at": at})
        self._register.kept(tenant, known_as, kind, at, call, stat, said)
        self._kept(tenant, known_as)  # may be told twice: a crash before the next line brings the same file again
        path.unlink()
        return known_as

    def seconds(self, path: Path) -> float:
        """The length of a WAV file of ours, also one whose writer was killed; 0.0 when there is none."""
        if not path.is_file():
            return 0.0
        with open(path, "rb") as file:
            head = file.read(HEADER_SIZE)
        bytes_a_second = int.from_bytes(head[28:32], "little")
        return max(0, path.stat().st_size - HEADER_SIZE) / bytes_a_second if bytes_a_second else 0.0


def repair(path: Path) -> bool:
    """Write the header that fits the file's length; True when it was wrong (its writer was killed)."""
    with open(path, "r+b") as file:
        right = repaired_header(file.read(HEADER_SIZE), path.stat().st_size)
        if right is not None:
            file.seek(0)
            file.write(right)
    return right is not None
