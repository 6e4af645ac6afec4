"""What background services may use, opened once by their process."""

from __future__ import annotations

from dataclasses import dataclass

from configdb.bus import Bus
from history.store import HistoryStore
from history.writer import Writer
from media.storage.store import MediaStore


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the services process."""

    history: HistoryStore
    media: MediaStore
    bus: Bus
    writer: Writer
