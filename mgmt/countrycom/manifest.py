"""What a publisher says of a generation: `manifest.json`, and beside it `manifest.sig`, its Ed25519 signature (RFC 8032), hex.

    {"format": "countrycom-1", "generation": 7, "made_at": "...Z",
     "files": {"countries.tsv": {"sha256", "rows"}, ...},
     "delta": {"base": 6, "files": {"countries.tsv": "countries.6-7.delta", ...}}}

A delta is lines of the base that go (`-`) and that come (`+`), in any order; its result has to be the file of the manifest, by
its hash.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from configdb.reference import PARTS
from mgmt.limits import countrycom_rows_max

FORMAT = "countrycom-1"
NAMES = tuple(f"{part}.tsv" for part in PARTS)
_name = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_sha256 = re.compile(r"[0-9a-f]{64}")


class NotRight(ValueError):
    """Theirs: it is not signed, not whole, or cannot be right; nothing of it is taken."""


@dataclass(frozen=True, slots=True)
class File:
    """A table: its hash, its rows, and the file that makes it of the base (None: there is none)."""

    sha256: str
    rows: int
    delta: str | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """A generation. base: the one its deltas begin with."""

    generation: int
    made_at: datetime
    files: Mapping[str, File]
    base: int | None
    sha256: str


def read(body: bytes, signature: bytes, public_key: str) -> Manifest:
    """Raises `NotRight`."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(
            bytes.fromhex(signature.decode().strip()), body
        )
    except (InvalidSignature, ValueError) as error:
        raise NotRight("the manifest is not signed with the key that is configured") from error
    try:
        return _read(json.loads(body), hashlib.sha256(body).hexdigest())
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise NotRight("the manifest says something that is not understood") from error


def _read(given: dict[str, Any], sha256: str) -> Manifest:
    generation, made_at = given["generation"], datetime.fromisoformat(given["made_at"])
    if given["format"] != FORMAT or made_at.tzinfo is None:
        raise ValueError("format")
    if not isinstance(generation, int) or isinstance(generation, bool) or not 0 < generation < 2**53:
        raise ValueError("generation")
    if set(given["files"]) != set(NAMES):
        raise ValueError("files")
    delta = given.get("delta") or {}
    deltas = delta.get("files") or {}
    files = {name: _file(about, deltas.get(name)) for name, about in given["files"].items()}
    return Manifest(generation, made_at, files, delta.get("base"), sha256)


def _file(about: dict[str, Any], delta: str | None) -> File:
    if delta is not None and _name.fullmatch(delta) is None:
        raise ValueError("delta")
    if _sha256.fullmatch(about["sha256"]) is None or not 0 <= int(about["rows"]) <= countrycom_rows_max:
        raise ValueError("file")
    return File(about["sha256"], int(about["rows"]), delta)


def whole(name: str, file: File, body: bytes) -> tuple[str, ...]:
    """The rows of a table that is as the manifest says. Raises `NotRight`."""
    if hashlib.sha256(body).hexdigest() != file.sha256:
        raise NotRight(f"{name} is not the file of the manifest")
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise NotRight(f"{name} is not UTF-8") from error
    rows = tuple(text.split("\n")[:-1]) if text.endswith("\n") else tuple(text.split("\n")) if text else ()
    if len(rows) != file.rows:
        raise NotRight(f"{name} has {len(rows)} rows, the manifest says {file.rows}")
    return rows


def patched(name: str, file: File, base: tuple[str, ...], delta: bytes) -> tuple[str, ...]:
    """The same, of the base and a delta. Raises `NotRight`."""
    try:
        lines = delta.decode().splitlines()
    except UnicodeDecodeError as error:
        raise NotRight(f"the delta of {name} is not UTF-8") from error
    gone = {line[1:] for line in lines if line.startswith("-")}
    come = {line[1:] for line in lines if line.startswith("+")}
    rows = sorted((set(base) - gone) | come)
    return whole(name, file, body_of(rows))


def body_of(rows: list[str] | tuple[str, ...]) -> bytes:
    """A table as a file."""
    return "".join(f"{row}\n" for row in rows).encode()
