"""The bus within one process: for tests and tools. It passes the same contract suite as the one on NATS."""

from __future__ import annotations

import json

from configdb.bus import BusSubscription, Document, Handler, checked, matches
from configdb.delivery import Delivery


class MemoryBus:
    """A `configdb.bus.Bus`; documents travel as JSON, so that nobody shares one."""

    def __init__(self) -> None:
        self._subscriptions: list[_Subscription] = []

    def publish(self, subject: str, document: Document) -> bool:
        """See `configdb.bus.Bus.publish`."""
        payload = checked(subject, document)
        for subscription in list(self._subscriptions):
            if any(matches(pattern, subject) for pattern in tuple(subscription.patterns)):
                subscription.put(subject, json.loads(payload))
        return True

    def subscribe(self, pattern: str | None, callback: Handler) -> BusSubscription:
        """See `configdb.bus.Bus.subscribe`."""
        subscription = _Subscription(self, pattern, callback)
        self._subscriptions.append(subscription)
        return subscription

    def forget(self, subscription: _Subscription) -> None:
        """A subscription that ends."""
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)

    def close(self) -> None:
        """See `configdb.bus.Bus.close`."""
        for subscription in list(self._subscriptions):
            subscription.close()


class _Subscription(Delivery):
    def __init__(self, bus: MemoryBus, pattern: str | None, callback: Handler) -> None:
        self.patterns, self._bus = dict.fromkeys([] if pattern is None else [pattern]), bus
        super().__init__(callback)

    def hear(self, pattern: str) -> None:
        self.patterns[pattern] = None

    def unhear(self, pattern: str) -> None:
        self.patterns.pop(pattern, None)

    def close(self) -> None:
        self._bus.forget(self)
        super().close()
