"""Background service: recordings of some days are kept as Opus from then on, a seventh as large; their tenant's chain notes it.

What is under legal hold stays as it was recorded, and so does voicemail, which telephones play. A node packs what lies on it;
what lies in the far store is packed by one node of the region.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from history.shelves import NODE, SOURCES, Body, Put
from media.storage.names import name_of
from media.storage.packed import NotPlain
from media.storage.store import NoSuchMedia, StoreError
from mgmt.limits import coded_age_s_max, packing_batch_s
from mgmt.services.ledger import Report
from mgmt.services.parts import Parts

period_s, nice = 60.0, 15
KIND = "recording"
DAY_S = 86_400.0


def run(parts: Parts) -> Report:
    """What lies on this node, for some seconds; forms that nobody asked for today leave the cache."""
    forget(parts.vault.forms, parts.clock() - coded_age_s_max)
    return _packed(parts, f"packing/{parts.vault.node}", far=False)


def run_far(parts: Parts) -> Report:
    """What lies in the far store, if there is one."""
    if parts.vault.tiers is None:
        return Report(0, "nothing is uploaded")
    return _packed(parts, "packing/far", far=True)


def _packed(parts: Parts, place: str, far: bool) -> Report:
    days, end = parts.vault.packed_after_days, time.monotonic() + packing_batch_s
    if days is None:
        return Report(0, "nothing is packed")
    done = 0
    for tenant in sorted(parts.directory().tenants):
        key = f"{place}/{tenant}"
        for one in _since(parts, tenant, key, parts.clock() - days * DAY_S):
            if time.monotonic() > end or parts.errand.stopping():
                return Report(done, f"{done} recordings packed, more wait")
            try:
                done += _one(parts, tenant, one, far)
            except StoreError as error:
                return Report(done, f"{done} recordings packed, {one['id']} waits: {error}")
            parts.history.shelves.write([Put(SOURCES, NODE, key, {"at": one["at"], "id": one["id"]})])
    return Report(done, f"{done} recordings packed")


def _since(parts: Parts, tenant: str, key: str, before: float) -> Iterator[Body]:
    known = parts.history.shelves.get(SOURCES, NODE, key)
    after = None if known is None else (float(known["at"]), str(known["id"]))
    return parts.vault.register.older(tenant, KIND, before, after)


def _one(parts: Parts, tenant: str, one: Body, far: bool) -> bool:
    name, vault = name_of(tenant, one["id"]), parts.vault
    if one.get("held") or (vault.near.local_path(name) is None) != far:
        return False
    try:
        return vault.media.pack(name, lambda stat: vault.register.packed(tenant, one["id"], stat))
    except (NoSuchMedia, NotPlain):
        return False  # deleted meanwhile, or brought from elsewhere


def forget(folder: Path, before: float) -> None:
    """Forms that were made for somebody long ago."""
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            if path.is_file() and path.stat().st_mtime < before:
                path.unlink()
