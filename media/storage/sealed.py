"""Sound that only its company's key opens: each file under a key of its own, which the tenant's key wraps (envelope encryption).

    "SWV1" | key id (16) | nonce (12) | data key wrapped by AES-256-GCM (48) | chunk | chunk | ...

A chunk is 64 KiB of plain sound by AES-256-GCM (NIST SP 800-38D) with its number as nonce; number and whether it is the last one
are authenticated, so chunks cannot be changed, exchanged, taken away or added. A range is read by its chunks alone.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from media.storage.store import MediaStore, Stat, StoreError

MAGIC = b"SWV1"
KEY_BYTES, NONCE_BYTES, TAG_BYTES, ID_BYTES = 32, 12, 16, 16
HEADER_BYTES = len(MAGIC) + ID_BYTES + NONCE_BYTES + KEY_BYTES + TAG_BYTES
CHUNK_BYTES = 64 * 1024
SEALED_BYTES = CHUNK_BYTES + TAG_BYTES


class Tampered(StoreError):
    """What is stored is not what was kept: a bit is another, or a piece is missing."""


class NoKey(StoreError):
    """The tenant's key is not there: never made, or erased with the tenant."""


class KeyRing(Protocol):
    """Keys of tenants."""

    def newest(self, tenant: str) -> tuple[bytes, bytes]:
        """The id (16 bytes) and key (32) that a tenant's new files are wrapped with; made when there is none."""

    def key(self, tenant: str, key_id: bytes) -> bytes:
        """One of its keys. Raises `NoKey`."""


class SealedStore:
    """`MediaStore` of sealed files in `inner`, for names that begin with their tenant; what lies there unsealed is read as it is.

    kinds: the second part of the names that are sealed.
    """

    def __init__(self, inner: MediaStore, keys: KeyRing, kinds: tuple[str, ...]) -> None:
        self._inner, self._keys, self._kinds = inner, keys, kinds

    def put_file(self, name: str, path: Path, metadata: Mapping[str, Any], content_type: str = "audio/wav") -> Stat:
        if name.split("/")[1] not in self._kinds:
            return self._inner.put_file(name, path, metadata, content_type)
        tenant, size = name.partition("/")[0], path.stat().st_size
        key_id, key = self._keys.newest(tenant)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".sealing-") as sealed, open(path, "rb") as plain:
            digest = hashlib.sha256()
            for piece in _seal(key_id, key, _known(plain.read, digest, size), size):
                sealed.write(piece)
            sealed.flush()
            about = {**metadata, "sealed": {"bytes": size, "sha256": digest.hexdigest()}}
            self._inner.put_file(name, Path(sealed.name), about, content_type)
        return Stat(name, size, digest.hexdigest(), content_type, about)

    def stat(self, name: str) -> Stat:
        found = self._inner.stat(name)
        sealed = found.metadata.get("sealed")
        if sealed is None:
            return found
        return Stat(name, sealed["bytes"], sealed["sha256"], found.content_type, found.metadata)

    def read(self, name: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        stat = self.stat(name)
        if "sealed" not in stat.metadata:
            return self._inner.read(name, start, end)
        end = stat.size_bytes if end is None else min(end, stat.size_bytes)
        opened = self._opened(name)
        return self._range(name, stat.size_bytes, opened, start, end) if start < end else iter(())

    def _opened(self, name: str) -> _Opened:
        header = b"".join(self._inner.read(name, 0, HEADER_BYTES))
        if len(header) != HEADER_BYTES or not header.startswith(MAGIC):
            raise Tampered(f"{name} does not begin as a sealed file")
        key_id, rest = header[len(MAGIC) : len(MAGIC) + ID_BYTES], header[len(MAGIC) + ID_BYTES :]
        key = self._keys.key(name.partition("/")[0], key_id)
        try:
            data_key = AESGCM(key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], MAGIC + key_id)
        except InvalidTag as error:
            raise Tampered(f"{name} was not sealed with its tenant's key, or was changed") from error
        return _Opened(AESGCM(data_key))

    def _range(self, name: str, size: int, opened: _Opened, start: int, end: int) -> Iterator[bytes]:
        first, last, count = start // CHUNK_BYTES, (end - 1) // CHUNK_BYTES, chunks_of(size)
        at = HEADER_BYTES + first * SEALED_BYTES
        stored = _in_pieces(self._inner.read(name, at, HEADER_BYTES + (last + 1) * SEALED_BYTES), SEALED_BYTES)
        for number in range(first, last + 1):
            plain = opened.chunk(name, number, number == count - 1, next(stored, b""))
            if number == count - 1 and len(plain) != size - number * CHUNK_BYTES:
                raise Tampered(f"{name} is not as long as it was")
            here = number * CHUNK_BYTES
            yield plain[max(0, start - here) : end - here]

    def delete(self, name: str) -> bool:
        return self._inner.delete(name)

    def names(self, prefix: str) -> Iterator[str]:
        return self._inner.names(prefix)

    def local_path(self, name: str) -> Path | None:
        return None if "sealed" in self._inner.stat(name).metadata else self._inner.local_path(name)


@dataclass(frozen=True, slots=True)
class _Opened:
    cipher: AESGCM

    def chunk(self, name: str, number: int, last: bool, sealed: bytes) -> bytes:
        try:
            return self.cipher.decrypt(_nonce(number), sealed, _place(number, last))
        except InvalidTag as error:
            raise Tampered(f"{name} was changed in its chunk {number}") from error


def chunks_of(size: int) -> int:
    """How many chunks a file has: at least one, so that an empty one is authenticated too."""
    return max(1, -(-size // CHUNK_BYTES))


def _seal(key_id: bytes, key: bytes, plain: Iterator[bytes], size: int) -> Iterator[bytes]:
    data_key, nonce = os.urandom(KEY_BYTES), os.urandom(NONCE_BYTES)
    yield MAGIC + key_id + nonce + AESGCM(key).encrypt(nonce, data_key, MAGIC + key_id)
    cipher, count = AESGCM(data_key), chunks_of(size)
    for number in range(count):
        yield cipher.encrypt(_nonce(number), next(plain, b""), _place(number, number == count - 1))


def _known(read: Any, digest: Any, size: int) -> Iterator[bytes]:
    """So many bytes: a recording may still grow."""
    while chunk := read(min(CHUNK_BYTES, size)):
        digest.update(chunk)
        size -= len(chunk)
        yield chunk


def _in_pieces(chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    held = b""
    for chunk in chunks:
        held += chunk
        while len(held) >= size:
            yield held[:size]
            held = held[size:]
    if held:
        yield held


def _nonce(number: int) -> bytes:
    return number.to_bytes(NONCE_BYTES, "big")


def _place(number: int, last: bool) -> bytes:
    return number.to_bytes(8, "big") + bytes([last])
