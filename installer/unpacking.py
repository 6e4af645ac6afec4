"""Files out of an archive of ours, and nothing else: no link, no device, no path that leads out of the folder.

`tarfile` has such a filter from Python 3.11.4; Debian 12 has 3.11.2.
"""

from __future__ import annotations

import os
import shutil
import tarfile
from pathlib import Path, PurePosixPath


class NotOurs(ValueError):
    """An archive that nobody of us has written."""


def unpack(archive: tarfile.TarFile, folder: Path, only: str | None = None) -> int:
    """Write its files into a folder, or the one of a name; how many. Raises NotOurs, OSError, tarfile.TarError."""
    count = 0
    for entry in archive:
        path = PurePosixPath(entry.name)
        if not entry.isfile() or path.is_absolute() or ".." in path.parts:
            raise NotOurs(f"{entry.name!r} is no file of a backup")
        source = archive.extractfile(entry) if only in (None, entry.name) else None
        if source is None:
            continue
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.fchmod(handle, entry.mode & 0o755)
        with source, os.fdopen(handle, "wb") as file:
            shutil.copyfileobj(source, file)
        os.utime(target, (entry.mtime, entry.mtime))
        count += 1
    return count
