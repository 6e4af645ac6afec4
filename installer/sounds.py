"""Puts the sounds that were made at build time where a node plays them from: DATA/prompts/<language>/<name>.wav, texts.json."""

from __future__ import annotations

import shutil
from pathlib import Path

from media.storage.stock import SPOKEN, TEXTS

BUILT = Path(__file__).parent.parent / "media" / "prompts"


class NoSounds(Exception):
    """The prompts were not made yet; the text says how."""


def copy_if_other(source: Path, target: Path) -> bool:
    """Copy a file unless the target has its size and is not older; True when copied."""
    was, now = source.stat(), target.stat() if target.exists() else None
    if now is not None and now.st_size == was.st_size and now.st_mtime >= was.st_mtime:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    shutil.copyfile(source, part)
    part.replace(target)
    return True


def install_sounds(data: Path, built: Path = BUILT) -> int:
    """Copy the system's sounds; how many were new. Raises `NoSounds`."""
    files = sorted((built / "system").rglob("*.wav"))
    if not files:
        raise NoSounds(f"no prompts in {built}: run `make run`, or `python -m installer.prompts`")
    if (texts := built / TEXTS).is_file():
        copy_if_other(texts, data / SPOKEN / TEXTS)
    return sum(copy_if_other(path, data / SPOKEN / path.relative_to(built / "system")) for path in files)
