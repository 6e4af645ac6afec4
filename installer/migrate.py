"""Numbered changes of what a node keeps: each runs once, in order, after a backup; one that was cut off runs again.

DATA/migrations.json holds the numbers that are done. A migration may run twice: it looks at what is there.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from configdb.node import LATER, later, write_private
from installer.sounds import install_sounds

FILE = "migrations.json"


@dataclass(frozen=True, slots=True)
class Migration:
    """`run(data)` makes it so and says what it did; `pending(data)`: what it would do, for a dry run."""

    number: int
    name: str
    pending: Callable[[Path], str]
    run: Callable[[Path], str]


def _private(data: Path) -> list[Path]:
    """Folders of secrets and recordings that others could enter, as old versions left them."""
    return [
        path
        for name in ("secrets", "cluster", "recordings", "spool", "state")
        if (path := data / name).is_dir() and path.stat().st_mode & 0o077
    ]


def _close(data: Path) -> str:
    found = _private(data)
    for path in found:
        path.chmod(0o700)
    return f"{len(found)} folders closed to others"


def _apart(data: Path) -> list[str]:
    """Secrets that this node made by chance before all nodes made the same."""
    files = {name: data / "secrets" / name for name in sorted(LATER)}
    return [name for name, file in files.items() if file.exists() and file.read_text().strip() != later(data, name)]


def _together(data: Path) -> str:
    found = _apart(data)
    for name in found:
        write_private(data / "secrets" / name, later(data, name))
    return (
        f"{len(found)} secrets are those of all nodes; links that were signed with the old ones are not good any more"
    )


MIGRATIONS = (
    Migration(
        1,
        "folders with secrets and voices are the node's alone",
        lambda data: f"{len(_private(data))} folders to close",
        _close,
    ),
    Migration(
        2,
        "stock prompts of this version",
        lambda data: "prompts are compared and copied",
        lambda data: f"{install_sounds(data)} prompts are new",
    ),
    Migration(
        3,
        "all nodes sign links and visitors' passes alike",
        lambda data: f"{len(_apart(data))} secrets to make anew",
        _together,
    ),
)


def done(data: Path) -> set[int]:
    """The numbers that have run. Raises ValueError when the file is damaged."""
    path = data / FILE
    if not path.exists():
        return set()
    found = json.loads(path.read_text())
    if not isinstance(found, list) or not all(isinstance(one, int) for one in found):
        raise ValueError(f"{path} is no list of numbers")
    return set(found)


def due(data: Path, migrations: tuple[Migration, ...] = MIGRATIONS) -> tuple[Migration, ...]:
    """Those that have not run yet, in order."""
    over = done(data)
    return tuple(one for one in sorted(migrations, key=lambda one: one.number) if one.number not in over)


def migrate(data: Path, say: Callable[[str], None], migrations: tuple[Migration, ...] = MIGRATIONS) -> int:
    """Runs what is due; how many. What a migration raises stops the rest: it runs again the next time."""
    count = 0
    for one in due(data, migrations):
        say(f"{one.number} {one.name}: {one.run(data)}")
        write_private(data / FILE, json.dumps(sorted({*done(data), one.number})) + "\n")
        count += 1
    return count
