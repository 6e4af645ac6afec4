"""Files of the node's own nats-server that it does not believe any more: they are set aside, and the other nodes fill them again.

It says so when it starts: of the checksum of a stream's settings, and of a snapshot of its consensus, without which it does not
run at all. Damaged entries need nobody: it cuts them off itself and asks the others. One that is alone keeps its files.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path

WORDS = ("checksums do not match", "snapshot corrupt")


def damage(said: str) -> str | None:
    """The line with which a server says since its start that it does not believe its files; None: there is none."""
    return next((line.strip() for line in said.splitlines() if any(word in line for word in WORDS)), None)


def set_aside(data: Path) -> Path:
    """Where the files of the server, which must not run, are from now on. Raises OSError."""
    folder = data / "nats"
    place = next(path for n in count(1) if not (path := folder / f"jetstream.broken-{n}").exists())
    return (folder / "jetstream").rename(place)
