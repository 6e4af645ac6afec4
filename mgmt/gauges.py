"""What the services of a node say of themselves to its web process: a few numbers in DATA/run/services.json."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path


def write(data: Path, said: Mapping[str, float]) -> None:
    """Replace what was said. Raises OSError."""
    path = _path(data)
    new = path.with_suffix(".new")
    new.write_text(json.dumps(said))
    os.replace(new, path)


def read(data: Path) -> dict[str, float]:
    """What was said last; nothing, before anything was."""
    try:
        found = json.loads(_path(data).read_text())
    except (OSError, ValueError):
        return {}
    return {str(name): float(value) for name, value in found.items()}


def _path(data: Path) -> Path:
    return data / "run" / "services.json"
