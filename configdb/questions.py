"""Questions over NATS that every node may answer: who asks blocks until enough have answered; who serves answers on a thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

import nats.errors
from nats.aio.msg import Msg

from configdb.keys import MAIN
from configdb.limits import question_wait_s_max
from configdb.nats_link import Away, NatsLink
from configdb.subjects import prefix

logger = logging.getLogger(__name__)
Answering = Callable[[bytes], bytes | None]
"""The answer to a question, None for none; called on a thread, may block."""


class Questions(Protocol):
    """`NatsQuestions` between nodes; a test has its own."""

    def ask(
        self, subject: str, question: bytes, count: int | None = None, enough: Callable[[bytes], bool] | None = None
    ) -> list[bytes]:
        """The answers that came before there were `count`, one was `enough`, or the time was over; none while NATS is away."""

    def serve(self, subject: str, answer: Answering) -> Callable[[], None]:
        """Answer such questions until the result is called."""


class NatsQuestions:
    """`Questions` among the nodes of one shard, over a link that the caller owns. Not for its own thread."""

    def __init__(self, link: NatsLink, wait_s: float = question_wait_s_max, shard: str = MAIN) -> None:
        self._link, self._wait_s, self._prefix = link, wait_s, prefix(shard)

    def ask(
        self, subject: str, question: bytes, count: int | None = None, enough: Callable[[bytes], bool] | None = None
    ) -> list[bytes]:
        """See `Questions.ask`."""
        answers: list[bytes] = []
        try:
            self._link.require()
            self._link.ask(self._gather(subject, question, count, enough, answers), self._wait_s + 1.0)
        except (Away, nats.errors.Error, OSError, TimeoutError) as error:
            logger.info("%s is not asked: %s", subject, error or type(error).__name__)
        return answers

    async def _gather(
        self,
        subject: str,
        question: bytes,
        count: int | None,
        enough: Callable[[bytes], bool] | None,
        answers: list[bytes],
    ) -> None:
        inbox = self._link.client.new_inbox()
        subscription = await self._link.client.subscribe(inbox)
        try:
            await self._link.client.publish(self._prefix + subject, question, reply=inbox)
            loop = asyncio.get_running_loop()
            end = loop.time() + self._wait_s
            while (count is None or len(answers) < count) and (left := end - loop.time()) > 0:
                message = await subscription.next_msg(left)
                if message.headers:  # the server says that nobody listens
                    return
                answers.append(message.data)
                if enough is not None and enough(message.data):
                    return
        except nats.errors.TimeoutError:
            return
        finally:
            await subscription.unsubscribe()

    def serve(self, subject: str, answer: Answering) -> Callable[[], None]:
        """See `Questions.serve`."""

        async def answered(message: Msg) -> None:
            found = await asyncio.get_running_loop().run_in_executor(None, _quietly, answer, message.data)
            if found is not None and message.reply:
                await _published(message.respond(found))

        async def asked(message: Msg) -> None:
            self._link.spawn(answered(message))  # a slow answer holds up no other

        return self._link.subscribe(self._prefix + subject, asked)


async def _published(sending: Awaitable[None]) -> None:
    try:
        await sending
    except (nats.errors.Error, OSError) as error:
        logger.info("an answer was not sent: %s", error or type(error).__name__)


def _quietly(answer: Answering, question: bytes) -> bytes | None:
    try:
        return answer(question)
    except Exception:  # a boundary: what one question breaks must not take the service from all others
        logger.exception("a question was not answered")
        return None
