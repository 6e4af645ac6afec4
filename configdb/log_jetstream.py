"""The ordered log on NATS JetStream: one stream a shard, one subject a tenant, followers without consumers.

append  a publish with message id and expected last sequence of the tenant's subject: compare and set by the server
follow  takes what the stream publishes again of each stored entry (under `configpush`), when it is the next one; what is
        missing it reads in batches by sequence (direct get), so it holds no state on the server that could die unseen.
        Every `watchdog_s` it looks at the stream itself. A server whose entries have a gap (a damaged file) is not
        believed: the next one is asked.

A publish that got no answer is `Unknown`: in four of four trials it took effect later. A stream whose leader has not
heard from most of its servers for `quorum_silence_s_max` is away: writes are refused before they are sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import threading
import time
import uuid
from collections.abc import AsyncIterator, Coroutine
from functools import partial
from typing import Any, TypeVar

import nats.errors
import nats.js.errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import ClusterInfo, DiscardPolicy, RePublish, StorageType, StreamConfig, StreamInfo

from configdb.errors import Broken, Refused, Unknown
from configdb.keys import escape, subject, unescape
from configdb.limits import (
    answer_wait_s_max,
    entry_bytes_max,
    push_wait_s,
    pushed_max,
    quorum_silence_s_max,
    read_batch_max,
    snapshot_wait_s_max,
    watchdog_s,
)
from configdb.log import Conflict, Deliver, Entry, LogState, LogStatus, OnStatus, Subscription, from_wire, to_wire
from configdb.nats_link import Away, NatsLink
from configdb.node import NodeSettings
from configdb.snapshots_jetstream import Snapshots

logger = logging.getLogger(__name__)
T = TypeVar("T")

WRONG_LAST_SEQUENCE = (10071, 10164)  # two codes for one conflict (2.12: also while the first write is in flight)
IN_FLIGHT = 10158  # the same message id is being stored just now
SHORT_MAX = 3  # looks at a stream that is shorter than what was read: fewer may be a leader that was just deposed
FULL = (10023, 10047, 10054, 10077)  # no resources, no storage, message or stream limit


class JetStreamLog:
    """A `configdb.log.Log` over a link that the caller owns."""

    def __init__(self, link: NatsLink, shard: str = "main", replicas: int = 1) -> None:
        self._link, self._shard, self._replicas = link, shard, replicas
        self.stream = f"config-{escape(shard)}"
        self.subjects, self.pushes = f"config.{escape(shard)}.*", f"configpush.{escape(shard)}.*"
        self._snapshots = Snapshots(link, shard, replicas)
        self._followers: list[_Follower] = []
        self._made = False

    def append(self, entry: Entry, after: int, timeout_s: float) -> int:
        """See `configdb.log.Log.append`."""
        payload = to_wire(entry)
        if len(payload) > entry_bytes_max:
            raise Refused("too_large", f"The transaction has {len(payload)} bytes of {entry_bytes_max}.", status=413)
        try:
            self._link.require()
        except Away as away:
            raise _away(str(away)) from away
        try:
            sequence = self._link.ask(self._append(entry, payload, after, timeout_s), timeout_s + 0.5)
        except (TimeoutError, nats.errors.Error, OSError) as error:
            self._made = False
            raise _meaning(error, entry.message_id) from error
        for follower in self._followers:
            self._link.call(partial(follower.expect, sequence))
        return sequence

    async def _append(self, entry: Entry, payload: bytes, after: int, timeout_s: float) -> int:
        headers = {"Nats-Msg-Id": entry.message_id, "Nats-Expected-Last-Subject-Sequence": str(after)}
        if not self._made:  # without a stream a publish reaches only the followers, and nobody would answer
            await self.info()
        where, context = subject(self._shard, entry.tenant), self._link.client.jetstream()
        try:
            return (await context.publish(where, payload, timeout_s, stream=self.stream, headers=headers)).seq
        except nats.js.errors.APIError as error:
            if error.err_code not in WRONG_LAST_SEQUENCE or not 0 < after < (await self.info()).state.first_seq:
                raise
        headers["Nats-Expected-Last-Subject-Sequence"] = "0"  # the tenant's last entry was pruned: it has none now
        return (await context.publish(where, payload, timeout_s, stream=self.stream, headers=headers)).seq

    async def info(self) -> StreamInfo:
        """The stream, made when there is none."""
        context = self._link.client.jetstream(timeout=answer_wait_s_max)
        try:
            found = await context.stream_info(self.stream)
        except nats.js.errors.NotFoundError:
            found = await self._add_stream(context)
        if found.config.republish is None or found.config.republish.headers_only:  # made by an older program
            found.config.republish = self._republish()
            found = await context.update_stream(found.config)
        self._made = True
        return found

    def _republish(self) -> RePublish:
        return RePublish(src=self.subjects, dest=f"configpush.{escape(self._shard)}.{{{{wildcard(1)}}}}")

    async def _add_stream(self, context: JetStreamContext) -> StreamInfo:
        try:
            return await context.add_stream(
                StreamConfig(
                    name=self.stream,
                    subjects=[self.subjects],
                    storage=StorageType.FILE,
                    discard=DiscardPolicy.NEW,
                    num_replicas=self._replicas,
                    deny_delete=True,
                    deny_purge=False,  # pruned behind a snapshot, by policy alone
                    allow_direct=True,
                    republish=self._republish(),
                    metadata={"log_id": uuid.uuid4().hex},
                )
            )
        except nats.js.errors.BadRequestError:  # another process made it first, with its own log_id
            return await context.stream_info(self.stream)

    async def read(self, after: int) -> AsyncIterator[tuple[int, str, bytes]]:
        """(sequence, tenant, payload) of up to `read_batch_max` entries behind `after`, as one server has them stored."""
        client, inbox = self._link.client, self._link.client.new_inbox()
        held = await client.subscribe(inbox, pending_msgs_limit=read_batch_max + 1, pending_bytes_limit=-1)
        try:
            wanted = {"seq": after + 1, "batch": read_batch_max, "next_by_subj": self.subjects}
            await client.publish(f"$JS.API.DIRECT.GET.{self.stream}", json.dumps(wanted).encode(), reply=inbox)
            while True:
                message = await held.next_msg(answer_wait_s_max)
                headers = message.headers or {}
                if "Status" in headers:  # 204 end of batch, 404 nothing there, 503 nobody answers
                    return
                token = headers["Nats-Subject"].rpartition(".")[2]
                yield int(headers["Nats-Sequence"]), unescape(token), message.data
        finally:
            with contextlib.suppress(nats.errors.Error):
                await held.unsubscribe()

    def keep_snapshot(self, sequence: int, data: bytes) -> None:
        """See `configdb.log.Log.keep_snapshot`."""
        self._asked(self._snapshots.keep(sequence, data))

    def snapshot(self) -> tuple[int, bytes] | None:
        """See `configdb.log.Log.snapshot`."""
        return self._asked(self._snapshots.newest())

    def forget(self, sequence: int) -> None:
        """See `configdb.log.Log.forget`."""
        self._asked(
            self._link.client.jetstream(timeout=snapshot_wait_s_max).purge_stream(self.stream, seq=sequence + 1)
        )

    def _asked(self, question: Coroutine[Any, Any, T]) -> T:
        try:
            self._link.require()
            return self._link.ask(question, snapshot_wait_s_max)
        except Away as away:
            question.close()
            raise _away(str(away)) from away
        except (TimeoutError, nats.errors.Error, OSError) as error:
            raise _away(f"its snapshots do not answer: {error or type(error).__name__}") from error

    def follow(self, after: int, log_id: str | None, deliver: Deliver, status: OnStatus) -> Subscription:
        """See `configdb.log.Log.follow`."""
        follower = _Follower(self, self._link, after, log_id, deliver, status)
        self._followers = [one for one in self._followers if not one.closed] + [follower]
        follower.begin(self.pushes)
        return follower

    def close(self) -> None:
        """See `configdb.log.Log.close`."""
        for follower in self._followers:
            follower.close()


class _Follower:
    """One reader of the stream, on the link's loop."""

    def __init__(
        self, log: JetStreamLog, link: NatsLink, after: int, log_id: str | None, deliver: Deliver, status: OnStatus
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
        info = await self._log.info()
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


def _away(text: str) -> Refused:
    return Refused("log_away", f"The configuration log cannot be reached, nothing was changed: {text}.", status=503)


def log_of(link: NatsLink, settings: NodeSettings) -> JetStreamLog:
    """The configuration log of a node."""
    return JetStreamLog(link, settings.shard, settings.log_replicas)


def _meaning(error: Exception, message_id: str) -> Exception:
    """What a failed append means to its writer."""
    if isinstance(error, nats.js.errors.APIError):
        if error.err_code in WRONG_LAST_SEQUENCE:
            return Conflict()
        if error.err_code == IN_FLIGHT:
            return Unknown(message_id)
        if error.err_code in FULL:
            return Refused("log_full", f"The configuration log is full: {error.description}.", status=503)
        if error.code is not None and error.code < 500:
            return Refused("log_refused", f"The configuration log refused: {error.description}.", status=503)
    if isinstance(error, nats.js.errors.NoStreamResponseError | nats.errors.NoRespondersError):
        return _away("nobody answers for its stream")
    return Unknown(message_id)
