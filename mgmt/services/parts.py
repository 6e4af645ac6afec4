"""What background services may use, opened once by their process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from configdb.bus import Bus
from configdb.snapshot import Directory
from history.queue import Queue
from history.store import HistoryStore
from history.writer import Writer
from mgmt.analyses import Analyses
from mgmt.vault.erasure import Eraser
from mgmt.vault.stores import Vault
from quality.opinion.estimate import Judge


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the services process. `listening_percent` of one core may be used to hear recordings."""

    history: HistoryStore
    vault: Vault
    uploads: Queue
    bus: Bus
    writer: Writer
    analyses: Analyses
    judge: Judge
    listening_percent: int
    eraser: Eraser
    directory: Callable[[], Directory]
    clock: Callable[[], float]
