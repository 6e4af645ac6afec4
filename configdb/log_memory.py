"""A log within one process: for tests, the simulator and tools. It passes the same contract suite as JetStream.

`away` makes it unreachable, `lose_answers` stores writes but loses that many answers: what a network does to us.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from configdb.errors import Broken, Refused, Unknown
from configdb.limits import entry_bytes_max, watchdog_s
from configdb.log import (
    Conflict,
    Deliver,
    Entry,
    LogState,
    LogStatus,
    OnStatus,
    Subscription,
    from_wire,
    in_use,
    to_wire,
)


@dataclass(slots=True)
class MemoryLog:
    """All entries as wire forms, so that what a reader gets is what the wire can carry."""

    log_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    away: bool = False
    lose_answers: int = 0
    _entries: list[tuple[str, bytes]] = field(default_factory=list)
    _sequences: dict[str, int] = field(default_factory=dict)
    _messages: dict[str, int] = field(default_factory=dict)
    _followers: list[_Follower] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _snapshot: tuple[int, bytes] | None = None
    first_sequence: int = 1

    def append(self, entry: Entry, after: int, timeout_s: float) -> int:
        """See `configdb.log.Log.append`."""
        payload = to_wire(entry)
        if len(payload) > entry_bytes_max:
            raise Refused("too_large", f"The transaction has {len(payload)} bytes of {entry_bytes_max}.", status=413)
        with self._changed:
            if self.away:
                raise Refused("log_away", "The configuration log cannot be reached: nothing was changed.", status=503)
            if (known := self._messages.get(entry.message_id)) is not None:
                return known
            if self._sequences.get(entry.tenant, 0) != after:
                raise Conflict
            sequence = self.put(entry.tenant, payload)
            self._messages[entry.message_id] = sequence
            if self.lose_answers:
                self.lose_answers -= 1
                raise Unknown(entry.message_id)
            return sequence

    def put(self, tenant: str, payload: bytes) -> int:
        """Add any payload, as a foreign program could; its sequence."""
        with self._changed:
            self._entries.append((tenant, payload))
            self._sequences[tenant] = self.last_sequence
            self._changed.notify_all()
            return self.last_sequence

    def follow(self, after: int, log_id: str | None, deliver: Deliver, status: OnStatus) -> Subscription:
        """See `configdb.log.Log.follow`."""
        follower = _Follower(self, after, log_id, deliver, status)
        self._followers.append(follower)
        follower.thread.start()
        return follower

    def close(self) -> None:
        """See `configdb.log.Log.close`."""
        for follower in tuple(self._followers):
            follower.close()

    def leave(self, follower: _Follower) -> None:
        """It is closed: nothing of it is kept."""
        self._followers = [one for one in self._followers if one is not follower]

    def wake(self) -> None:
        """Whoever waits for the next entry looks up."""
        with self._changed:
            self._changed.notify_all()

    def next_after(self, sequence: int, wait_s: float, given_up: threading.Event) -> tuple[str, bytes] | None:
        """What stands behind `sequence`, waiting up to `wait_s` for it, or until it is given up."""
        with self._changed:
            if self.last_sequence <= sequence and not given_up.is_set():
                self._changed.wait(wait_s)
            index = sequence + 1 - self.first_sequence
            return self._entries[index] if 0 <= index < len(self._entries) and not self.away else None

    def keep_snapshot(self, sequence: int, data: bytes) -> None:
        """See `configdb.log.Log.keep_snapshot`."""
        with self._changed:
            if self._snapshot is None or sequence > self._snapshot[0]:
                self._snapshot = sequence, data

    def snapshot(self) -> tuple[int, bytes] | None:
        """See `configdb.log.Log.snapshot`."""
        return self._snapshot

    def forget(self, sequence: int) -> None:
        """See `configdb.log.Log.forget`."""
        with self._changed:
            gone = max(min(sequence, self.last_sequence) + 1 - self.first_sequence, 0)
            del self._entries[:gone]
            self.first_sequence += gone

    def rebuild(self, log_id: str, base: int, entries: Iterable[Entry]) -> int:
        """See `configdb.log.Log.rebuild`."""
        with self._changed:
            if self.log_id != log_id and self._entries:
                raise in_use()
            if self.log_id != log_id:
                self.log_id, self.first_sequence = log_id, base + 1
            missing = [entry for entry in entries if entry.sequence > self.last_sequence]
            for entry in missing:
                self._messages[entry.message_id] = self.put(entry.tenant, entry.payload)
            return len(missing)

    @property
    def last_sequence(self) -> int:
        """The sequence of the last entry."""
        return self.first_sequence - 1 + len(self._entries)


class _Follower:
    def __init__(self, log: MemoryLog, after: int, log_id: str | None, deliver: Deliver, status: OnStatus) -> None:
        self._log, self._after, self._log_id = log, after, log_id
        self._deliver, self._status = deliver, status
        self._closed = threading.Event()
        self.thread = threading.Thread(target=self._run, name="memory-log", daemon=True)

    def _run(self) -> None:
        while not self._closed.is_set():
            self._say(*self._condition())
            found = (
                None
                if self._condition()[0] is not LogState.FOLLOWING
                else self._log.next_after(self._after, watchdog_s, self._closed)
            )
            if found is None:
                self._closed.wait(0.005)
                continue
            try:
                entry = from_wire(self._after + 1, *found)
            except Broken as error:
                self._say(LogState.TOO_NEW, str(error))
                return
            if not self._closed.is_set() and self._deliver(entry):
                self._after = entry.sequence
            else:
                self._closed.wait(0.005)

    def _condition(self) -> tuple[LogState, str]:
        if self._log.away:
            return LogState.AWAY, "the memory log is away"
        if self._log_id not in (None, self._log.log_id) or self._log.last_sequence < self._after:
            return LogState.REPLACED, "this is not the log that was followed before"
        if self._after + 1 < self._log.first_sequence:
            return LogState.PRUNED, "the next entries are only in the snapshot"
        return LogState.FOLLOWING, ""

    def _say(self, state: LogState, text: str) -> None:
        if not self._closed.is_set():
            log = self._log
            self._status(LogStatus(state, log.log_id, log.last_sequence, text, log.first_sequence))

    def close(self) -> None:
        self._closed.set()
        self._log.leave(self)
        self._log.wake()
        if self.thread is not threading.current_thread() and self.thread.is_alive():
            self.thread.join()
