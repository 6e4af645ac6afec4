"""Is every recording as it was kept? The chain from its first entry, then every byte of every recording against it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from history.shelves import HEADS, Shelves
from media.storage.names import BadName, name_of
from media.storage.packed import PackedStore
from media.storage.sealed import Tampered
from media.storage.store import NoSuchMedia, StoreError
from vault.register import CARRIED, KEPT, PACKED, Register


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be. `certain` False: it could not be looked at now."""

    tenant: str
    id: str
    why: str
    certain: bool = True


def tenants(shelves: Shelves) -> list[str]:
    """Those that have a chain."""
    return sorted(row.tenant for row in shelves.everywhere(HEADS, ()))


def check(tenant: str, register: Register, media: PackedStore) -> Iterator[Finding | str]:
    """Findings, and the id of each recording that was read and is right."""
    for broken in register.chain.broken(tenant):
        yield Finding(tenant, broken.id, f"chain entry {broken.number}: {broken.why}")
    expected: dict[str, set[tuple[str, int]]] = {}  # as it was recorded, and as it was packed
    for entry in register.chain.entries(tenant):
        if entry.get("event") in (KEPT, CARRIED, PACKED):
            expected.setdefault(entry["id"], set()).add((entry["sha256"], entry["bytes"]))
        else:
            expected.pop(entry.get("id", ""), None)
    known = {one["id"] for one in register.all(tenant)}
    for id in sorted(known - set(expected)):
        yield Finding(tenant, id, "it is in the register and not in the chain")
    for id, right in expected.items():
        yield _read(tenant, id, right, media) or id


def _read(tenant: str, id: str, right: set[tuple[str, int]], media: PackedStore) -> Finding | None:
    digest, length = hashlib.sha256(), 0
    try:
        for chunk in media.as_kept(name_of(tenant, id)):
            digest.update(chunk)
            length += len(chunk)
    except (NoSuchMedia, BadName):
        return Finding(tenant, id, "the sound is gone")
    except Tampered as error:
        return Finding(tenant, id, str(error))
    except StoreError as error:
        return Finding(tenant, id, f"it cannot be read now: {error}", certain=False)
    if (digest.hexdigest(), length) not in right:
        return Finding(tenant, id, "the sound is not what was kept")
    return None
