"""The thread that applies the log to this process's replica: inbox of entries -> LevelDB -> state -> watchers.

    log --deliver--> inbox --batch--> apply (pure) --one synchronous batch--> store --> published state --> watchers

A disk that fails stops the applying, not the reading: entries wait (and the log waits when the inbox is full) until the
store could be opened again. A damaged store is set aside and built anew from the log, behind the published state.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from configdb.errors import Broken, Refused
from configdb.estate import Policy
from configdb.keys import Key
from configdb.limits import apply_batch_max, frozen_objects_min, inbox_max, reopen_wait_s_max
from configdb.log import Entry, Log, LogState, LogStatus, Subscription
from configdb.model import SYSTEM
from configdb.pruning import from_file
from configdb.records import Row, rows_of
from configdb.replica import Applied, State, apply
from configdb.store import Damaged, DiskError, Store
from configdb.watch import Watch, Watchers

logger = logging.getLogger(__name__)


POLICY = Key(SYSTEM, "policy", "history")


def beginning(base: int) -> Entry:
    """What a watcher is told in the place of all entries that were pruned behind it."""
    return Entry(base, "", 0.0, "configdb", "the history before was pruned", SYSTEM, ())


class Materializer:
    """Owns the store, the follower of the log and the apply thread of one client."""

    def __init__(self, store: Store, log: Log, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._log, self._clock = store, log, clock
        self._built = State()
        self.state = State()
        self.status = LogStatus(LogState.AWAY, text="not started")
        self.current_at: float | None = None
        self.disk_text = ""
        self._log_id: str | None = None
        self._inbox: deque[Entry] = deque()
        self._accepted = 0
        self._tasks: deque[Callable[[], None]] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._follower: Subscription | None = None
        self._watchers = Watchers()
        self.on_moved: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._run, name="configdb-apply", daemon=True)

    def start(self) -> bool:
        """Load what is stored (reads work then), follow the log; True when nothing was stored. Raises `DiskError` (`InUse`)."""
        self._load()
        self.state = self._built
        empty = not self.state.sequence
        if self.state.objects > frozen_objects_min:
            gc.freeze()  # a search for cycles among all these takes half a second, and there are none
        self._thread.start()
        self._follow()
        return empty

    def stop(self) -> None:
        """End the thread and let go of the files; what is in the inbox comes again at the next start."""
        if self._follower is not None:
            self._follower.close()
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()
        self._store.close()

    @property
    def on_apply_thread(self) -> bool:
        """Whether the caller is a watcher called by the apply thread: it must not wait for it."""
        return threading.current_thread() is self._thread

    def wait_until(self, ready: Callable[[State], bool], timeout_s: float) -> bool:
        """Wait until the published state satisfies `ready`; False when the time is over first."""
        with self._changed:
            return self._changed.wait_for(lambda: ready(self.state) or self._stopping, timeout_s) and ready(self.state)

    @property
    def watching(self) -> tuple[int, int | None]:
        """How many watchers there are, and up to which version all of them were told."""
        return self._watchers.standing()

    def watch(self, watch: Watch) -> None:
        """Add a watcher; what it missed since `watch.sequence` is told first."""

        def begin() -> None:
            if watch.sequence < (base := self._store.base):
                watch.tell(self.state.directory, [beginning(base)])
            while watch.sequence < self.state.sequence and not watch.closed:
                missed = self._store.entries(watch.sequence, apply_batch_max)
                watch.tell(self.state.directory, [e for e in missed if e.sequence <= self.state.sequence])
                if len(missed) < apply_batch_max:
                    watch.sequence = max(watch.sequence, self.state.sequence)
            self._watchers.add(watch)

        with self._changed:
            self._tasks.append(begin)
            self._changed.notify_all()

    def _load(self) -> None:
        self._built = self._store.load()
        self._log_id = self._store.log_id
        self._accepted = self._built.sequence

    def _follow(self) -> None:
        self._follower = self._log.follow(self._built.sequence, self._log_id, self._deliver, self._on_status)

    def _deliver(self, entry: Entry) -> bool:
        with self._changed:
            if len(self._inbox) >= inbox_max:
                return False
            if entry.sequence > self._accepted:
                self._inbox.append(entry)
                self._accepted = entry.sequence
                self._changed.notify_all()
            return True

    def _on_status(self, status: LogStatus) -> None:
        with self._changed:
            if status.state is not self.status.state:
                logger.info("configuration log: %s %s", status.state.value, status.text)
            self.status = status
            if status.state is LogState.PRUNED and not self._inbox and self._plant not in self._tasks:
                self._tasks.append(self._plant)
            if status.state is LogState.FOLLOWING and self.state.sequence >= status.last_sequence:
                self.current_at = self._clock()
            self._changed.notify_all()

    def _run(self) -> None:
        while not self._stopping:
            with self._changed:
                self._changed.wait_for(lambda: self._inbox or self._tasks or self._stopping)
                batch = [self._inbox.popleft() for _ in range(min(len(self._inbox), apply_batch_max))]
                tasks = [self._tasks.popleft() for _ in range(len(self._tasks))]
            if batch:
                self._apply(batch)
            for task in tasks:
                self._tolerate(task)

    def _apply(self, batch: list[Entry]) -> None:
        """Apply, store until it is stored, publish, tell."""
        try:
            applied, newer = self._fold(batch)
            if newer is not None:
                self._stop_before(newer)
            if not applied:
                return
            rows = [row for one in applied for row in rows_of(one)]
            if self._log_id is None and self.status.log_id is not None:
                rows.append(self._bind(self.status.log_id))
            if not self._stored(rows, applied[-1].state.sequence):
                return
        except Broken as error:
            self._resync(error)
            return
        self._built = applied[-1].state
        self._publish([one for one in applied if one.changed])
        if any(key == POLICY for one in applied for key in one.changed):
            self._tolerate(self._prune)

    def _prune(self) -> None:
        """Cut the history off where the policy in force says."""
        found = self._built.tenant(SYSTEM).get("policy", "history")
        if found is not None and isinstance(found.value, Policy) and found.value.pruned_to:
            self._store.cut(min(found.value.pruned_to, found.version - 1))

    def _plant(self) -> None:
        """Begin anew from the log's snapshot: the entries that would come next are gone from the log."""
        try:
            found = self._log.snapshot()
            file = None if found is None or found[0] <= self._built.sequence else from_file(found[1])
        except (Refused, Broken) as error:
            logger.warning("the snapshot of the log cannot be read: %s", error)
            return
        if file is None:
            return
        if self._follower is not None:
            self._follower.close()
        logger.info("configuration replica begins at the snapshot of %d", file.sequence)
        self._store.plant(file, self.status.log_id)
        with self._changed:
            self._inbox.clear()
            self._load()
        self._publish([])
        self._watchers.tell(self.state.directory, [beginning(file.sequence)])
        self._follow()

    def _fold(self, batch: list[Entry]) -> tuple[list[Applied], Applied | None]:
        """What entries come to, up to one of a newer program: skipping what others take would be another history."""
        state, applied = self._built, list[Applied]()
        for entry in batch:
            one = apply(state, entry)
            if one.unreadable:
                return applied, one
            if one.problems:
                logger.warning("entry %d of %s had no effect: %s", entry.sequence, entry.tenant, one.problems[0])
            applied.append(one)
            state = one.state
        return applied, None

    def _stop_before(self, newer: Applied) -> None:
        """Follow no further; calls go on with what is known, and the next version goes on from here."""
        if self._follower is not None:
            self._follower.close()
        with self._changed:
            self._inbox.clear()
        entry, problem = newer.entry, newer.problems[0]
        text = f"entry {entry.sequence} of {entry.tenant} cannot be read ({problem}): it is of a newer program, upgrade this node"
        self._on_status(replace(self.status, state=LogState.TOO_NEW, text=text))

    def _bind(self, log_id: str) -> Row:
        self._log_id = log_id
        return self._store.log_id_row(log_id)

    def _stored(self, rows: list[Row], sequence: int) -> bool:
        """Try until the rows are on disk; False when the client stops. Raises `Broken`."""
        pause_s = 0.05
        while not self._stopping:
            try:
                if self._store.sequence < sequence:
                    self._store.write(rows)
                self.disk_text = ""
                return True
            except DiskError as error:
                logger.error("configuration replica cannot be written, trying again: %s", error)
                self.disk_text = str(error)
                with self._changed:
                    self._changed.wait_for(lambda: self._stopping, pause_s)
                pause_s = min(pause_s * 2, reopen_wait_s_max)
        return False

    def _publish(self, applied: list[Applied]) -> None:
        if self._built.sequence < self.state.sequence:
            return  # the database is being read again: what is published is further
        with self._changed:
            self.state = self._built
            if self.state.sequence >= self.status.last_sequence and self.status.state is LogState.FOLLOWING:
                self.current_at = self._clock()
            self._changed.notify_all()
        self._watchers.tell(self.state.directory, [one.entry for one in applied])
        self.on_moved()

    def read_again(self, why: str) -> None:
        """Set the database aside and read everything from the log again, soon; the published state stays until then."""

        def begin() -> None:
            self._store.set_aside(Broken(why))
            self._resync(Broken(why))

        with self._changed:
            self._tasks.append(begin)
            self._changed.notify_all()

    def _resync(self, error: Broken) -> None:
        """Start from what a fresh load gives (nothing, when the store is damaged), and fetch the rest from the log."""
        logger.error("configuration replica is read again: %s", error)
        if self._follower is not None:
            self._follower.close()
        if isinstance(error, Damaged):
            self._store.set_aside(error)
        pause_s = 0.05
        while not self._stopping:
            try:
                with self._changed:
                    self._inbox.clear()
                    self._load()
                self._follow()
                return
            except DiskError as again:
                self.disk_text = str(again)
                with self._changed:
                    self._changed.wait_for(lambda: self._stopping, pause_s)
                pause_s = min(pause_s * 2, reopen_wait_s_max)

    def _tolerate(self, task: Callable[[], None]) -> None:
        try:
            task()
        except DiskError as error:
            logger.warning("a watcher waits for the disk: %s", error)
            with self._changed:
                self._tasks.append(task)
        except Broken as error:
            with self._changed:
                self._tasks.append(task)
            self._resync(error)
