"""The keys of tenants: random, wrapped by the key encryption key (the node's or one brought from outside), kept in the history.

Who deletes a tenant's keys has made all its recordings unreadable, in every copy and backup.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from configdb.node import NodeSettings, secret
from configdb.secrets import Sealer, SealError
from history.shelves import KEYS, Put, Shelves
from media.storage.sealed import ID_BYTES, KEY_BYTES, NoKey


def key_encryption_key(data: Path, node: NodeSettings) -> bytes:
    """32 bytes: of `vault_key_file`, or of the node's secret vault.key. Raises OSError, ValueError."""
    text = node.vault_key_file.read_text().strip() if node.vault_key_file is not None else secret(data, "vault.key")
    key = bytes.fromhex(text)
    if len(key) != KEY_BYTES:
        raise ValueError(f"the vault key has {len(key)} bytes, not {KEY_BYTES} (64 hex digits)")
    return key


def certificate_key(data: Path) -> Ed25519PrivateKey:
    """What signs certificates of erasure: the node's secret erasure.key."""
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret(data, "erasure.key")))


class TenantKeys:
    """`media.storage.sealed.KeyRing`; any thread may ask."""

    def __init__(self, shelves: Shelves, sealer: Sealer, clock: Callable[[], float]) -> None:
        self._shelves, self._sealer, self._clock = shelves, sealer, clock
        self._lock = threading.Lock()
        self._known: dict[tuple[str, bytes], bytes] = {}

    def newest(self, tenant: str) -> tuple[bytes, bytes]:
        with self._lock:
            kept = self._shelves.below(KEYS, tenant, "")
            if kept:
                newest = bytes.fromhex(max(kept, key=lambda one: (one["made_at"], one["id"]))["id"])
                return newest, self._key(tenant, newest)
            return self._make(tenant)

    def key(self, tenant: str, key_id: bytes) -> bytes:
        with self._lock:
            return self._key(tenant, key_id)

    def all(self, tenant: str) -> Iterator[tuple[str, float, bytes]]:
        """Its keys in the clear: id in hex, when it was made, the key."""
        for one in self._shelves.below(KEYS, tenant, ""):
            yield one["id"], float(one["made_at"]), self.key(tenant, bytes.fromhex(one["id"]))

    def brought(self, tenant: str, id: str, made_at: float, key: bytes) -> None:
        """A key of the tenant comes from another place, where files were sealed with it."""
        with self._lock:
            if self._shelves.get(KEYS, tenant, id) is None:
                kept = {"id": id, "wrapped": self._sealer.seal(key.hex()), "made_at": made_at}
                self._shelves.write([Put(KEYS, tenant, id, kept)])

    def renew(self, tenant: str) -> bytes:
        """A new key for what comes from now on; its id. Older keys stay for what they sealed."""
        with self._lock:
            return self._make(tenant)[0]

    def _key(self, tenant: str, key_id: bytes) -> bytes:
        known = self._known.get((tenant, key_id))
        if known is not None:
            return known
        kept = self._shelves.get(KEYS, tenant, key_id.hex())
        if kept is None:
            raise NoKey(f"{tenant} has no key {key_id.hex()}")
        try:
            found = bytes.fromhex(self._sealer.open(kept["wrapped"]))
        except SealError as error:
            raise NoKey(f"the key of {tenant} was wrapped by another vault key") from error
        self._known[(tenant, key_id)] = found
        return found

    def _make(self, tenant: str) -> tuple[bytes, bytes]:
        key_id, key = secrets.token_bytes(ID_BYTES), secrets.token_bytes(KEY_BYTES)
        wrapped = {"id": key_id.hex(), "wrapped": self._sealer.seal(key.hex()), "made_at": self._clock()}
        self._shelves.write([Put(KEYS, tenant, key_id.hex(), wrapped)])
        self._known[(tenant, key_id)] = key
        return key_id, key
