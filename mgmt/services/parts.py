"""What background services may use, opened once by their process."""

from __future__ import annotations

from dataclasses import dataclass

from configdb.bus import Bus
from history.queue import Queue
from history.store import HistoryStore
from history.writer import Writer
from mgmt.vault.stores import Vault


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the services process."""

    history: HistoryStore
    vault: Vault
    uploads: Queue
    bus: Bus
    writer: Writer
