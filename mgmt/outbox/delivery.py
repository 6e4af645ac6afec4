"""The background service that sends what is due: claims one by one, sends some at once, settles each, tells its owner.

A destination that is out of order or a bucket that is empty postpones an item without counting a try. An item whose channel is
unknown here waits for a node that knows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from mgmt.limits import breaker_open_s, outbox_threads_max
from mgmt.outbox.box import Outbox
from mgmt.outbox.breaker import Breakers
from mgmt.outbox.buckets import Buckets
from mgmt.outbox.channels import Channel
from mgmt.outbox.item import Failed, Item, Lost, Outcome, Refused
from mgmt.outbox.web import NotAllowed, Unanswered, Unsent

Parts = TypeVar("Parts")
UNKNOWN_CHANNEL_S = 60.0


@dataclass(frozen=True, slots=True)
class Delivery(Generic[Parts]):
    """What one process needs to send. `clock` is wall time; breakers and buckets live as long as it does."""

    box: Outbox
    channels: Mapping[str, Channel[Parts]]
    clock: Callable[[], float]
    breakers: Breakers = field(default_factory=Breakers)
    buckets: Buckets = field(default_factory=Buckets)
    unsettled: list[tuple[Item, Outcome]] = field(default_factory=list)

    def run(self, parts: Parts) -> list[Item]:
        """Send what is due, a page of it at most; what was tried, as it is now."""
        tried = self._settle(parts)  # what the store did not take last time
        claimed = [item for tenant, id in self.box.due() if (item := self._claim(parts, tenant, id)) is not None]
        for item in claimed:
            if item.ended:
                self._tell(parts, item)
        sending = [item for item in claimed if not item.ended]
        if not sending:
            return tried
        with ThreadPoolExecutor(outbox_threads_max, "outbox") as threads:
            self.unsettled.extend(zip(sending, threads.map(lambda item: self._send(parts, item), sending), strict=True))
        return tried + self._settle(parts)

    def _claim(self, parts: Parts, tenant: str, id: str) -> Item | None:
        item = self.box.get(tenant, id)
        if item is not None and not item.ended:
            wait_s = self._wait_s(parts, item)
            if wait_s > 0:
                self.box.postpone(tenant, id, wait_s)
                return None
        return self.box.claim(tenant, id)

    def _wait_s(self, parts: Parts, item: Item) -> float:
        channel, now = self.channels.get(item.channel), self.clock()
        if channel is None:
            return UNKNOWN_CHANNEL_S
        rates, tokens = channel.rates(parts, item)
        wait_s = self.buckets.take(rates, tokens, now)
        if wait_s > 0:
            return wait_s
        return 0.0 if self.breakers.may(_place(item), now) else breaker_open_s / 2

    def _send(self, parts: Parts, item: Item) -> Outcome:
        try:
            return self.channels[item.channel].send(parts, item)
        except NotAllowed as error:
            return Refused(str(error))
        except Unsent as error:
            return Failed(str(error))
        except Unanswered as error:
            return Lost(str(error))
        except Exception as error:  # the boundary of a channel: a fault of ours in one item must not stop the others
            return Lost(f"{type(error).__name__} in the channel {item.channel}")

    def _settle(self, parts: Parts) -> list[Item]:
        """Write the outcomes down. One that the store does not take now stays, and is never sent again meanwhile."""
        done = []
        while self.unsettled:
            item, outcome = self.unsettled[0]
            after = self.box.settle(item, outcome)
            self.unsettled.pop(0)
            self.breakers.answered(_place(item), not isinstance(outcome, Failed | Lost), self.clock())
            if after.ended:
                self._tell(parts, after)
            done.append(after)
        return done

    def _tell(self, parts: Parts, item: Item) -> None:
        channel = self.channels.get(item.channel)
        if channel is not None:
            channel.told(parts, item)
            self.box.forget(item)


def _place(item: Item) -> str:
    return f"{item.channel} {item.destination}"


def words(tried: list[Item]) -> str:
    """What a run says of itself."""
    sent = sum(item.state == "sent" for item in tried)
    failed = next((f": {item.destination}: {item.said}" for item in tried if item.state != "sent"), "")
    return f"{sent} of {len(tried)} sent{failed}"
