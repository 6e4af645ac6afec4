"""The bus between processes and nodes: core NATS, best effort."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

from nats.aio.msg import Msg

from configdb.bus import BusSubscription, Document, Handler, checked
from configdb.delivery import Delivery
from configdb.keys import MAIN
from configdb.nats_link import NatsLink
from configdb.subjects import prefix

logger = logging.getLogger(__name__)


class NatsBus:
    """A `configdb.bus.Bus` over a link that the caller owns, among the nodes of one shard."""

    def __init__(self, link: NatsLink, shard: str = MAIN) -> None:
        self._link, self._prefix = link, prefix(shard)
        self._subscriptions: list[_Subscription] = []

    def publish(self, subject: str, document: Document) -> bool:
        """See `configdb.bus.Bus.publish`."""
        return self._link.post(self._prefix + subject, checked(subject, document))

    def subscribe(self, pattern: str | None, callback: Handler) -> BusSubscription:
        """See `configdb.bus.Bus.subscribe`."""
        subscription = _Subscription(self._link, self._prefix, pattern, callback)
        self._subscriptions.append(subscription)
        return subscription

    def close(self) -> None:
        """See `configdb.bus.Bus.close`."""
        for subscription in self._subscriptions:
            subscription.close()


class _Subscription(Delivery):
    def __init__(self, link: NatsLink, prefix: str, pattern: str | None, callback: Handler) -> None:
        super().__init__(callback)
        self._link, self._prefix = link, prefix
        self._heard: dict[str, Callable[[], None]] = {}
        if pattern is not None:
            self.hear(pattern)

    def hear(self, pattern: str) -> None:
        if pattern not in self._heard:
            self._heard[pattern] = self._link.subscribe(self._prefix + pattern, self._on_message)

    def unhear(self, pattern: str) -> None:
        end = self._heard.pop(pattern, None)
        if end is not None:
            end()

    async def _on_message(self, message: Msg) -> None:
        try:
            document = json.loads(message.data)
        except ValueError:
            logger.warning("a message on %s is not JSON: left out", message.subject)
            return
        if isinstance(document, dict):
            self.put(message.subject.removeprefix(self._prefix), document)

    def close(self) -> None:
        for pattern in tuple(self._heard):
            self.unhear(pattern)
        super().close()
