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

import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from functools import partial
from itertools import islice
from typing import Any, TypeVar

import nats.errors
import nats.js.errors
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RePublish, StorageType, StreamConfig, StreamInfo

from configdb.errors import Refused, Unknown
from configdb.follower_jetstream import Follower
from configdb.keys import escape, subject
from configdb.limits import (
    answer_wait_s_max,
    entry_bytes_max,
    read_batch_max,
    snapshot_wait_s_max,
    spread_s,
)
from configdb.log import (
    Conflict,
    Deliver,
    Entry,
    OnStatus,
    Subscription,
    in_use,
    to_wire,
)
from configdb.membership import members_file
from configdb.nats_link import Away, NatsLink
from configdb.node import NodeSettings
from configdb.snapshots_jetstream import Snapshots
from configdb.stream_jetstream import read_batch

logger = logging.getLogger(__name__)
T = TypeVar("T")

WRONG_LAST_SEQUENCE = (10071, 10164)  # two codes for one conflict (2.12: also while the first write is in flight)
IN_FLIGHT = 10158  # the same message id is being stored just now
FULL = (10023, 10047, 10054, 10077)  # no resources, no storage, message or stream limit


class JetStreamLog:
    """A `configdb.log.Log` over a link that the caller owns."""

    def __init__(
        self, link: NatsLink, shard: str = "main", replicas: int = 1, joined: Callable[[], bool] = lambda: False
    ) -> None:
        """joined(): whether this node has joined others: then there is a log, which is spread over more of them."""
        self._link, self._shard, self._replicas, self._joined = link, shard, replicas, joined
        self._spread_at = 0.0
        self.stream = f"config-{escape(shard)}"
        self.subjects, self.pushes = f"config.{escape(shard)}.*", f"configpush.{escape(shard)}.*"
        self._snapshots = Snapshots(link, shard, replicas)
        self._followers: list[Follower] = []
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

    async def info(self, make: bool = True) -> StreamInfo:
        """The stream; when there is none it is made, or (`make` False) that is raised as `NotFoundError`."""
        context = self._link.client.jetstream(timeout=answer_wait_s_max)
        try:
            found = await context.stream_info(self.stream)
        except nats.js.errors.NotFoundError:
            if not make or self._joined():
                raise
            found = await self._add_stream(context)
        if found.config.republish is None or found.config.republish.headers_only:  # made by an older program
            found.config.republish = self._republish()
            found = await context.update_stream(found.config)
        self._made = True
        await self._spread(context, found)
        return found

    async def _spread(self, context: JetStreamContext, found: StreamInfo) -> None:
        """A log on fewer nodes than are wanted goes to more of them, once there are enough."""
        wanted, have, now = self._wanted(), found.config.num_replicas or 1, time.monotonic()
        if have >= wanted or now < self._spread_at:
            return
        self._spread_at = now + spread_s
        found.config.num_replicas = wanted
        try:
            await context.update_stream(found.config)
        except (nats.js.errors.APIError, nats.errors.Error) as error:
            logger.debug("the log stays on %d nodes: %s", have, error)
            found.config.num_replicas = have

    def _wanted(self) -> int:
        return max(self._replicas, 3 if self._joined() else 1)

    def _republish(self) -> RePublish:
        return RePublish(src=self.subjects, dest=f"configpush.{escape(self._shard)}.{{{{wildcard(1)}}}}")

    async def _add_stream(self, context: JetStreamContext, log_id: str | None = None, first: int = 0) -> StreamInfo:
        wanted = StreamConfig(
            name=self.stream,
            subjects=[self.subjects],
            storage=StorageType.FILE,
            discard=DiscardPolicy.NEW,
            num_replicas=self._replicas,
            deny_delete=True,
            deny_purge=False,  # pruned behind a snapshot, by policy alone
            allow_direct=True,
            republish=self._republish(),
            metadata={"log_id": log_id or uuid.uuid4().hex},
            first_seq=first,
        )
        try:
            return await context.add_stream(wanted)
        except nats.js.errors.BadRequestError:  # another process made it first, with its own log_id
            return await context.stream_info(self.stream)

    async def read(self, after: int) -> AsyncIterator[tuple[int, str, bytes]]:
        """(sequence, tenant, payload) of up to `read_batch_max` entries behind `after`, as one server has them stored."""
        async for found in read_batch(self._link, self.stream, self.subjects, after, read_batch_max):
            yield found

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

    def rebuild(self, log_id: str, base: int, entries: Iterable[Entry]) -> int:
        """See `configdb.log.Log.rebuild`."""
        began, missing = self._asked(self._emptied(log_id, base)), 0
        every = iter(entries)
        while batch := [entry for entry in islice(every, read_batch_max) if entry.sequence > began]:
            missing += self._asked(self._put_back(batch))
        return missing

    async def _emptied(self, log_id: str, base: int) -> int:
        """The stream, of this log and ready; its last sequence."""
        context = self._link.client.jetstream(timeout=answer_wait_s_max)
        try:
            found = await self.info(make=False)
            if (found.config.metadata or {}).get("log_id") == log_id:
                return found.state.last_seq
            if found.state.messages:
                raise in_use()
            await context.delete_stream(self.stream)
        except nats.js.errors.NotFoundError:
            logger.warning("the stream %s is made again", self.stream)
        made = await self._add_stream(context, log_id, base + 1)
        if (made.config.metadata or {}).get("log_id") != log_id:  # somebody made another one in this moment
            raise in_use()
        return made.state.last_seq

    async def _put_back(self, batch: list[Entry]) -> int:
        context = self._link.client.jetstream(timeout=answer_wait_s_max)
        for entry in batch:  # one by one: each has to be where it was
            headers = {"Nats-Expected-Last-Sequence": str(entry.sequence - 1)}
            if entry.message_id:
                headers["Nats-Msg-Id"] = entry.message_id
            where = subject(self._shard, entry.tenant)
            await context.publish(where, entry.payload, answer_wait_s_max, stream=self.stream, headers=headers)
        return len(batch)

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
        follower = Follower(self, self._link, after, log_id, deliver, status)
        self._followers = [one for one in self._followers if not one.closed] + [follower]
        follower.begin(self.pushes)
        return follower

    def close(self) -> None:
        """See `configdb.log.Log.close`."""
        for follower in self._followers:
            follower.close()


def _away(text: str) -> Refused:
    return Refused("log_away", f"The configuration log cannot be reached, nothing was changed: {text}.", status=503)


def log_of(link: NatsLink, settings: NodeSettings) -> JetStreamLog:
    """The configuration log of a node."""
    return JetStreamLog(link, settings.shard, settings.log_replicas, members_file(settings.data_dir).exists)


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
