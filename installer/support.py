"""The support bundle: settings, findings, ends of logs, versions, so that others can find a fault; secrets and people removed.

Removed are values of settings that hold secrets, the user part of every URL, digest answers, keys and tokens, and every
number and address of a caller as far as it looks like one: digits are replaced one by one, so that equal stays equal.
"""

from __future__ import annotations

import io
import json
import platform
import re
import tarfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from configdb.node import NodeSettings
from installer import doctor, sbom
from logs.secret import hidden

LOG_BYTES_MAX = 1_000_000
SECRET = re.compile(r"(password|secret|token|key|credential)", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.:-])\+?[0-9]{7,15}(?![\w.:-])")


def cleaned(text: str) -> str:
    """A text without what looks like a secret or a telephone number."""
    return _NUMBER.sub(lambda found: found[0][:-4].translate(_DIGITS) + found[0][-4:], hidden(text))


_DIGITS = str.maketrans("0123456789", "XXXXXXXXXX")


def write(data: Path, target: Path, settings: NodeSettings) -> int:
    """Writes the bundle (0600); how many files are in it. Raises OSError."""
    target.touch(mode=0o600)
    count = 0
    with tarfile.open(target, "w:gz") as archive:
        for name, text in _parts(data, settings):
            raw = text.encode("utf-8", "replace")
            entry = tarfile.TarInfo(f"softswitch-support/{name}")
            entry.size, entry.mode = len(raw), 0o600
            archive.addfile(entry, io.BytesIO(raw))
            count += 1
    return count


def _parts(data: Path, settings: NodeSettings) -> Iterator[tuple[str, str]]:
    yield "settings.json", cleaned(_json(shown(settings)))
    findings = [asdict(one) for one in (*doctor.machine(data, settings), *doctor.node(data))]
    yield "doctor.json", cleaned(_json(findings))
    yield "machine.json", _json({"platform": platform.platform(), "python": platform.python_version()})
    yield "sbom.json", _json(sbom.document())
    for path in sorted((data / "logs").glob("*.log")):
        with open(path, "rb") as file:
            file.seek(max(0, path.stat().st_size - LOG_BYTES_MAX))
            yield f"logs/{path.name}", cleaned(file.read().decode("utf-8", "replace"))


def shown(settings: NodeSettings) -> dict[str, Any]:
    """Settings that were set, without secrets."""
    found: dict[str, Any] = settings.model_dump(mode="json", exclude_unset=True)
    return {name: "***" if SECRET.search(name) and isinstance(value, str) else value for name, value in found.items()}


def _json(document: Any) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
