"""The other side of the sync: a folder with `countries.tsv`, `prefixes.tsv` and `rates.tsv` becomes a signed generation.

`python -m mgmt.countrycom.publish FOLDER OUT --key FILE [--base FOLDER]`: the tables are checked and sorted, the manifest and its
signature are written last, so a web server may serve OUT at any moment.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from configdb.reference import PARTS
from mgmt.countrycom.manifest import FORMAT, NotRight, body_of
from mgmt.countrycom.tables import checked

Rows = Mapping[str, tuple[str, ...]]


def read_folder(folder: Path) -> Rows:
    """The tables of a folder, sorted; blank lines are left out. Raises OSError, `NotRight`."""
    rows: dict[str, tuple[str, ...]] = {
        part: tuple(sorted(filter(None, (folder / f"{part}.tsv").read_text().split("\n")))) for part in PARTS
    }
    checked(rows)
    return rows


def published(
    rows: Rows, generation: int, made_at: datetime, key: Ed25519PrivateKey, base: tuple[int, Rows] | None = None
) -> dict[str, bytes]:
    """The files of a generation by name, the manifest and its signature at the end."""
    files = {f"{part}.tsv": body_of(rows[part]) for part in PARTS}
    about = {
        name: {"sha256": hashlib.sha256(body).hexdigest(), "rows": body.count(b"\n")} for name, body in files.items()
    }
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "generation": generation,
        "made_at": made_at.isoformat(),
        "files": about,
    }
    if base is not None:
        number, before = base
        names = {f"{part}.tsv": f"{part}.{number}-{generation}.delta" for part in PARTS}
        manifest["delta"] = {"base": number, "files": names}
        files |= {names[f"{part}.tsv"]: _delta(before[part], rows[part]) for part in PARTS}
    body = json.dumps(manifest, sort_keys=True, indent=1).encode()
    return {**files, "manifest.json": body, "manifest.sig": key.sign(body).hex().encode()}


def _delta(before: tuple[str, ...], after: tuple[str, ...]) -> bytes:
    gone, come = sorted(set(before) - set(after)), sorted(set(after) - set(before))
    return body_of([f"-{row}" for row in gone] + [f"+{row}" for row in come])


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m mgmt.countrycom.publish", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--key", type=Path, required=True, help="32 bytes, hex; made when it is not there")
    parser.add_argument("--base", type=Path, help="the tables of the generation before, for a delta")
    given = parser.parse_args()
    if not given.key.exists():
        given.key.touch(0o600)
        given.key.write_text(os.urandom(32).hex())
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(given.key.read_text().strip()))
    given.out.mkdir(parents=True, exist_ok=True)
    last = given.out / "manifest.json"
    number = json.loads(last.read_text())["generation"] if last.exists() else 0
    try:
        base = (number, read_folder(given.base)) if given.base is not None and number else None
        files = published(read_folder(given.folder), number + 1, datetime.fromtimestamp(time.time(), UTC), key, base)
    except NotRight as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for name, body in files.items():
        (given.out / name).write_bytes(body)
    sys.stdout.write(f"generation {number + 1}; public_key {key.public_key().public_bytes_raw().hex()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
