"""Who is told of changes: every watcher sees each entry that had an effect, once, in the order of the log.

Watchers are told from the thread that applies entries, or by `call_from_thread` (the reactor's) on another one. The
directory that comes along is at the entry's sequence or, when entries came in a bunch, at a later one.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from configdb.log import Entry
from configdb.snapshot import Directory

logger = logging.getLogger(__name__)
OnChange = Callable[[Directory, Entry], None]
CallFromThread = Callable[..., object]


def call_here(function: Callable[..., object], *arguments: object) -> None:
    """Call on the thread that applies entries."""
    function(*arguments)


@dataclass(eq=False, slots=True)
class Watch:
    """One watcher; `sequence` is the last entry it was told of."""

    callback: OnChange
    call_from_thread: CallFromThread
    sequence: int
    closed: bool = False

    def close(self) -> None:
        """Tell nothing more."""
        self.closed = True

    def tell(self, directory: Directory, entries: Iterable[Entry]) -> None:
        """Tell what is new of `entries`."""
        for entry in entries:
            if entry.sequence > self.sequence and not self.closed:
                self.sequence = entry.sequence
                self.call_from_thread(self._call, directory, entry)

    def _call(self, directory: Directory, entry: Entry) -> None:
        if self.closed:
            return
        try:
            self.callback(directory, entry)
        except Exception:  # a boundary: a watcher that fails must not keep the others, or the replica, from going on
            logger.exception("a watcher of the configuration failed at entry %d", entry.sequence)


class Watchers:
    """All watchers of a client."""

    def __init__(self) -> None:
        self._watches: list[Watch] = []
        self._lock = threading.Lock()

    def add(self, watch: Watch) -> None:
        """One more; from the thread that tells."""
        with self._lock:
            self._watches = [one for one in self._watches if not one.closed] + [watch]

    def standing(self) -> tuple[int, int | None]:
        """How many there are, and up to which version all of them were told; None: there are none."""
        with self._lock:
            told = [one.sequence for one in self._watches if not one.closed]
        return len(told), min(told, default=None)

    def tell(self, directory: Directory, entries: Iterable[Entry]) -> None:
        """Tell all."""
        news = list(entries)
        with self._lock:
            watches = list(self._watches)
        for watch in watches:
            watch.tell(directory, news)
