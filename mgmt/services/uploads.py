"""Background service: brings recordings and voicemail to the far store, for days if it must; only then deletes them here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from history.queue import Queue
from media.storage.store import StoreError
from mgmt.services.ledger import Report
from mgmt.services.parts import Parts
from vault.stores import Vault, is_uploaded

period_s = 1.0
uploads_max = 5
age_s_max = 30 * 86_400.0


def open_queue(data: Path, clock: Callable[[], float], alarm: Callable[[str], None]) -> Queue:
    """What waits to be uploaded, on the disk of this node."""
    return Queue(data / "uploads", clock, alarm, age_s_max)


def take_stock(queue: Queue, vault: Vault) -> None:
    """What lies here and is not in the queue: a crash came between the two, or the far store is new."""
    for name in vault.near.names(""):
        if is_uploaded(name) and name not in queue:
            queue.put(name, {})


def kept_elsewhere(queue: Queue, node: str, said: Mapping[str, Any]) -> None:
    """Another process of this node kept a file (`media.kept`); one that is not heard of is found when stock is taken."""
    name = said.get("name")
    if said.get("node") == node and isinstance(name, str) and is_uploaded(name):
        queue.put(name, {})


def run(parts: Parts) -> Report:
    """Upload what is due. One that fails waits and stands in nobody's way."""
    done, failed, tiers = 0, "", parts.vault.tiers
    if tiers is None:
        return Report(0, "nothing is uploaded")
    for name, _ in parts.uploads.due(uploads_max):
        try:
            tiers.upload(name)
        except StoreError as error:
            failed = str(error)
            parts.uploads.later(name, failed)
        else:
            done += 1
            parts.uploads.done(name)
    waiting = f", {len(parts.uploads)} wait: {failed}" if failed else ""
    return Report(done + bool(failed), f"{done} uploaded{waiting}")
