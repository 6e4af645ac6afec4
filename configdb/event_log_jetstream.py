"""The event log on NATS JetStream: a stream for all tenants of a shard, one subject each; readers keep nothing on the server."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

import nats.errors
import nats.js.errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RePublish, StorageType, StreamConfig, StreamInfo

from configdb.event_log import EventsAway, Kept, OnEvent, Span, Told, encoded, waves
from configdb.keys import MAIN, escape, unescape
from configdb.limits import (
    answer_wait_s_max,
    event_append_s_max,
    events_age_s_max,
    events_kept_bytes_max,
    events_known_s,
    read_batch_max,
)
from configdb.nats_link import Away, NatsLink
from configdb.stream_jetstream import read_batch

logger = logging.getLogger(__name__)
T = TypeVar("T")


class JetStreamEventLog:
    """A `configdb.event_log.EventLog` over a link that the caller owns."""

    def __init__(self, link: NatsLink, replicas: int = 1, shard: str = MAIN) -> None:
        self._link, self._replicas = link, replicas
        of = "" if shard == MAIN else f".{escape(shard)}"
        self._stream, self._subject, self._push = "eventlog" + of.replace(".", "-"), f"eventlog{of}", f"eventpush{of}"
        self._made = False

    def append(self, tenant: str, event: Mapping[str, Any]) -> int:
        """See `configdb.event_log.EventLog.append`."""
        found = self._asked(self._append([(tenant, event)]), event_append_s_max + 0.5)
        self._require(found)
        return int(found[0])  # type: ignore[arg-type]  # required

    def append_all(self, events: Sequence[Told]) -> list[int]:
        """See `configdb.event_log.EventLog.append_all`."""
        there: list[int] = []
        try:
            for wave in waves(events):
                found = self._asked(self._append([events[index] for index in wave]), event_append_s_max + 0.5)
                there += [index for index, said in zip(wave, found, strict=True) if isinstance(said, int)]
                self._require(found)
        except EventsAway:
            if not there:
                raise
        return there

    def _require(self, found: Sequence[int | BaseException]) -> None:
        for said in found:
            if isinstance(said, BaseException):
                raise self._away(said) from said

    async def _append(self, events: Sequence[Told]) -> list[int | BaseException]:
        """The sequence of each, or why there is none: sent together, for to wait for one after the other costs the most."""
        if not self._made:
            await self._info()
        context = self._link.client.jetstream()
        return await asyncio.gather(
            *(self._published(context, tenant, event) for tenant, event in events), return_exceptions=True
        )

    async def _published(self, context: JetStreamContext, tenant: str, event: Mapping[str, Any]) -> int:
        where, headers = f"{self._subject}.{escape(tenant)}", {"Nats-Msg-Id": f"{escape(tenant)}.{event['id']}"}
        payload = encoded(event)
        return (await context.publish(where, payload, event_append_s_max, stream=self._stream, headers=headers)).seq

    def read(self, tenant: str | None, after: int, limit: int) -> list[Kept]:
        """See `configdb.event_log.EventLog.read`."""
        subjects = f"{self._subject}.*" if tenant is None else f"{self._subject}.{escape(tenant)}"
        return self._asked(self._read(subjects, after, min(limit, read_batch_max)), 2 * answer_wait_s_max)

    async def _read(self, subjects: str, after: int, limit: int) -> list[Kept]:
        if not self._made:
            await self._info()
        found = read_batch(self._link, self._stream, subjects, after, limit)
        return [Kept(sequence, tenant, json.loads(payload)) async for sequence, tenant, payload in found]

    def span(self) -> Span:
        """See `configdb.event_log.EventLog.span`."""
        state = self._asked(self._info(), 2 * answer_wait_s_max).state
        return Span(max(state.first_seq, 1), state.last_seq)

    def purge(self, tenant: str) -> None:
        """See `configdb.event_log.EventLog.purge`."""
        self._asked(self._purge(f"{self._subject}.{escape(tenant)}"), 2 * answer_wait_s_max)

    async def _purge(self, subject: str) -> None:
        await self._info()
        await self._link.client.jetstream(timeout=answer_wait_s_max).purge_stream(self._stream, subject=subject)

    def follow(self, on_event: OnEvent) -> Callable[[], None]:
        """See `configdb.event_log.EventLog.follow`."""

        async def pushed(message: Msg) -> None:
            headers = message.headers or {}
            try:
                sequence, tenant = int(headers["Nats-Sequence"]), unescape(headers["Nats-Subject"].rpartition(".")[2])
                on_event(Kept(sequence, tenant, json.loads(message.data)))
            except (KeyError, ValueError) as error:
                logger.warning("an event on %s cannot be read: %s", message.subject, error)

        return self._link.subscribe(f"{self._push}.*", pushed)

    async def _info(self) -> StreamInfo:
        """The stream, made when there is none."""
        context = self._link.client.jetstream(timeout=answer_wait_s_max)
        try:
            found = await context.stream_info(self._stream)
        except nats.js.errors.NotFoundError:
            found = await self._add(context)
        self._made = True
        return found

    async def _add(self, context: Any) -> StreamInfo:
        wanted = StreamConfig(
            name=self._stream,
            subjects=[f"{self._subject}.*"],
            storage=StorageType.FILE,
            discard=DiscardPolicy.OLD,
            max_age=events_age_s_max,
            max_bytes=events_kept_bytes_max,
            duplicate_window=events_known_s,
            num_replicas=self._replicas,
            allow_direct=True,
            republish=RePublish(src=f"{self._subject}.*", dest=f"{self._push}.{{{{wildcard(1)}}}}"),
        )
        try:
            made: StreamInfo = await context.add_stream(wanted)
        except nats.js.errors.BadRequestError:  # another process made it first
            made = await context.stream_info(self._stream)
        return made

    def _asked(self, question: Coroutine[Any, Any, T], timeout_s: float) -> T:
        try:
            self._link.require()
            return self._link.ask(question, timeout_s)
        except Away as away:
            question.close()
            raise EventsAway(str(away)) from away
        except (TimeoutError, nats.errors.Error, OSError) as error:
            raise self._away(error) from error

    def _away(self, error: BaseException) -> BaseException:
        """What to raise: a fault of ours stays what it is."""
        if not isinstance(error, TimeoutError | nats.errors.Error | OSError):
            return error
        self._made = False  # it may be gone: a publish without a stream would reach followers and nobody else
        return EventsAway(f"the event log does not answer: {error or type(error).__name__}")
