"""The switch's end of the durable spool: appends never raise into a call, a sick disk closes the door to new calls."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from twisted.logger import Logger

from history.spool import Spool, SpoolFull

HEARTBEAT_S = 5.0


class Records:
    """One spool. `boot` names this run of the switch: what it left open is closed when the next run says `node.start`.

    on_record: sees each record first (metrics).
    """

    _log = Logger(namespace="softswitch.records")

    def __init__(self, directory: Path, node: str, boot: str, disk_free_mb_min: int = 0) -> None:
        self._spool = Spool(directory, on_trouble=self._trouble)
        self._directory, self._disk_free_min = directory, disk_free_mb_min * 1_000_000
        self._node, self._boot = node, boot
        self._room = True
        self.lost = 0
        self.on_record: Callable[[Mapping[str, Any]], None] = _nobody_counts

    @property
    def healthy(self) -> bool:
        """False while the disk takes nothing or is nearly full: no new call may be admitted, its record could be lost."""
        return self._spool.healthy and self._room

    def write(self, *records: Mapping[str, Any]) -> None:
        """Append; on disk in the order written, whatever happens to this process afterwards."""
        for record in records:
            self.on_record(record)
        try:
            self._spool.append(*records)
        except SpoolFull:
            self.lost += len(records)
            for record in records:
                self._log.error("spool full: {kind} {id} is lost", kind=record.get("kind"), id=record.get("id"))

    def started(self, now: float, kept: Sequence[str] = ()) -> None:
        """The node runs anew: what older boots left open is closed by whoever reads this, but for what is `kept`: it goes on."""
        about = {"node": self._node, "boot": self._boot, "at": now}
        self.write({"kind": "node.start", "id": self._boot, **about, "kept": list(kept)})

    def beat(self, now: float) -> None:
        """Still alive: calls open at a crash are closed at the last beat. Looks at the disk, too."""
        self._look()
        self.write(
            {"kind": "heartbeat", "id": f"{self._boot}-{now:.0f}", "node": self._node, "boot": self._boot, "at": now}
        )

    def _look(self) -> None:
        free = shutil.disk_usage(self._directory).free
        room = free >= self._disk_free_min
        if room != self._room:
            self._room = room
            verb = (
                "takes calls again" if room else f"takes no new calls: less than {self._disk_free_min // 10**6} MB free"
            )
            self._log.error("disk has {free} MB free: the node {verb}", free=free // 10**6, verb=verb)

    def close(self) -> None:
        """Everything to disk, then shut."""
        self._spool.close()

    def _trouble(self, text: str) -> None:
        self._log.error("spool: {text}", text=text)


def _nobody_counts(record: Mapping[str, Any]) -> None:
    """Without metrics."""
