"""One reader of a log's stream on JetStream: takes what is pushed, reads what is missing, looks whether it is the right log."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator
from typing import Protocol

import nats.errors
import nats.js.errors
from nats.aio.msg import Msg
from nats.js.api import ClusterInfo, StreamInfo

from configdb.errors import Broken
from configdb.keys import unescape
from configdb.limits import answer_wait_s_max, push_wait_s, pushed_max, quorum_silence_s_max, watchdog_s
from configdb.log import Deliver, Entry, LogState, LogStatus, OnStatus, from_wire
from configdb.nats_link import NatsLink

SHORT_MAX = 3  # looks at a stream that is shorter than what was read: fewer may be a leader that was just deposed


class Stream(Protocol):
    """What a follower asks of its log."""

    async def info(self, make: bool = True) -> StreamInfo:
        """The stream, made when there is none and `make`."""

    def read(self, after: int) -> AsyncIterator[tuple[int, str, bytes]]:
        """(sequence, tenant, payload) of entries behind `after`."""


class Follower:
    """One reader of the stream, on the link's loop."""

    def __init__(
        self, log: Stream, link: NatsLink, after: int, log_id: str | None, deliver: Deliver, status: OnStatus
    ) -> None:
        self._log, self._link, self._after, self._log_id = log, link, after, log_id
        self._deliver, self._status = deliver, status
        self._last, self._first = 0, 1
        self._short = 0
        self._found_id = log_id
        self._wanted = 0  # the highest sequence that is known to be there
        self._pushed: dict[int, tuple[str, bytes]] = {}
        self._looked_over: tuple[object, int] | None = None
        self._looked_at = 0.0
        self._calling = threading.RLock()  # `close` waits for a callback that is running
        self.closed = False
        self.wake = asyncio.Event()

    def begin(self, subjects: str) -> None:
        self._unsubscribe = self._link.subscribe(subjects, self._on_push)
        self._link.spawn(self._run())

    def close(self) -> None:
        with self._calling:
            self.closed = True
        self._unsubscribe()
        self._link.call(self.wake.set)

    def expect(self, sequence: int) -> None:
        """A writer of this process was told this sequence: it is pushed in a moment, or read."""
        self._wanted = max(self._wanted, sequence)
        self._link.later(push_wait_s, self.wake.set)

    async def _on_push(self, message: Msg) -> None:
        headers = message.headers or {}
        try:
            sequence, tenant = int(headers["Nats-Sequence"]), unescape(headers["Nats-Subject"].rpartition(".")[2])
        except (KeyError, ValueError):
            return  # nothing that the stream published
        if message.data and len(self._pushed) < pushed_max:  # streams of an older program push headers alone
            self._pushed[sequence] = (tenant, message.data)
        self._wanted = max(self._wanted, sequence)
        self.wake.set()

    async def _run(self) -> None:
        try:
            while not self.closed:
                self.wake.clear()
                if not await self._look():
                    return
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.wake.wait(), watchdog_s)
        except asyncio.CancelledError:
            return

    async def _look(self) -> bool:
        """Deliver what is new; False when this log must not be followed any further."""
        if not self._link.connected:
            self._say(LogState.AWAY, self._link.text)
            return True
        try:
            return await self._catch_up()
        except Broken as error:
            self._say(LogState.TOO_NEW, str(error))
            return False
        except (TimeoutError, nats.errors.Error, OSError) as error:
            self._say(LogState.AWAY, f"the configuration log does not answer: {error or type(error).__name__}")
            return True

    async def _catch_up(self) -> bool:
        connection, now = (self._link.client, self._link.client.stats["reconnects"]), time.monotonic()
        if connection != self._looked_over or now - self._looked_at > watchdog_s:
            if not await self._followable():
                self._looked_over = None
                return True
            self._looked_over, self._looked_at = connection, now
        return await self._read_on()

    async def _followable(self) -> bool:
        """Whether this is the log that was followed, most of its servers are there, and it has what comes next."""
        try:
            info = await self._log.info(make=self._log_id is None)
        except nats.js.errors.NotFoundError:
            self._say(LogState.REPLACED, "the log that was followed before is gone")
            return False
        found_id = (info.config.metadata or {}).get("log_id")
        if not quorate(info.cluster):
            self._say(LogState.AWAY, "most servers of the configuration log do not answer: there is no quorum")
            return False
        self._last, self._found_id = info.state.last_seq, found_id
        self._short = self._short + 1 if self._last < self._after else 0
        if self._log_id not in (None, self._found_id) or self._short >= SHORT_MAX:
            self._say(LogState.REPLACED, "this is not the log that was followed before, or it lost entries")
            return False
        self._first = max(info.state.first_seq, 1)
        if self._after + 1 < self._first:
            self._say(LogState.PRUNED, "the next entries are only in the snapshot")
            return False
        self._log_id = self._found_id
        self._last = max(self._last, self._after)
        self._wanted = max(self._wanted, self._last)
        self._say(LogState.FOLLOWING)
        return True

    async def _read_on(self) -> bool:
        """Take what was pushed, read what was not."""
        waited_s = 0.001
        while not self.closed:
            before = self._after
            while (pushed := self._pushed.pop(self._after + 1, None)) is not None:
                if not await self._take(from_wire(self._after + 1, *pushed)):
                    return True
            if self._after >= self._wanted:
                break
            async for sequence, tenant, payload in self._log.read(self._after):
                if sequence != self._after + 1:
                    self._say(LogState.AWAY, f"entry {self._after + 1} is missing on a server of the configuration log")
                    return True
                if not await self._take(from_wire(sequence, tenant, payload)):
                    return True
            if self._after > before:
                waited_s = 0.001
            elif waited_s > answer_wait_s_max:
                break
            else:  # the push was faster than the disk of the server that was asked, or a replica of it is behind
                await asyncio.sleep(waited_s)
                waited_s *= 2
        self._pushed = {sequence: found for sequence, found in self._pushed.items() if sequence > self._after}
        return True

    async def _take(self, entry: Entry) -> bool:
        while (taken := self._offer(entry)) is False:
            await asyncio.sleep(0.005)
        if taken:
            self._after = entry.sequence
            if self._after > self._last:
                self._last = self._after
                self._say(LogState.FOLLOWING)
        return bool(taken)

    def _offer(self, entry: Entry) -> bool | None:
        """Whether the entry was taken; None: closed."""
        with self._calling:
            return None if self.closed else self._deliver(entry)

    def _say(self, state: LogState, text: str = "") -> None:
        with self._calling:
            if not self.closed:
                self._status(LogStatus(state, self._found_id, self._last, text, self._first))


def quorate(cluster: ClusterInfo | None) -> bool:
    """Whether the leader that answered heard from most servers of the stream lately; one server alone always has."""
    others = (cluster.replicas if cluster is not None else None) or []
    fresh = [one for one in others if not one.offline and (one.active or 0) < quorum_silence_s_max * 1e9]
    return len(fresh) + 1 > (len(others) + 1) / 2
