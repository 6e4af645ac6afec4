"""Who is told what next: pure, the clock is an argument.

A webhook has chains, one a call; only the head of a chain is on its way or waits for its moment. A server that does not answer
rests, longer each time, and is then tried with one request; what waits for it costs nothing meanwhile and no try. An event that
a living server refuses is tried again later and later, and holds back its own call only.

    head due ──ready──► on its way ──taken──► delivered, next of the chain
                             ├──refused──► due later, or dead after `webhook_refusals_max`
                             ├──down──► due, its webhook rests
                             └──gone──► dead
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from history.deliveries import DEAD, DELIVERED, WAITING, Delivery
from mgmt.limits import (
    webhook_age_s_max,
    webhook_parallel_max,
    webhook_pause_s_max,
    webhook_pause_s_min,
    webhook_refusals_max,
    webhook_retry_s_max,
    webhook_tries_shown_max,
)
from mgmt.webhooks.answers import Answer, Meaning

Hook = tuple[str, str]
"""Tenant and id of a webhook."""


@dataclass(slots=True)
class _Server:
    chains: dict[str, deque[Delivery]] = field(default_factory=dict)
    heads: list[tuple[float, int, str]] = field(default_factory=list)
    under_way: int = 0
    failures: int = 0
    rests_until: float = 0.0


class Waiting:
    """All deliveries that wait, by webhook."""

    def __init__(self) -> None:
        self._servers: dict[Hook, _Server] = {}
        self._known: set[tuple[str, str]] = set()

    def __len__(self) -> int:
        return len(self._known)

    def add(self, delivery: Delivery) -> None:
        """Wait for its turn; what waits already is left as it is."""
        key = (delivery.tenant, delivery.id)
        if key in self._known:
            return
        self._known.add(key)
        server = self._servers.setdefault((delivery.tenant, delivery.webhook), _Server())
        chain = server.chains.setdefault(delivery.order, deque())
        chain.append(delivery)
        if len(chain) == 1:
            _lead(server, chain)

    def ready(self, now: float, count_max: int) -> list[Delivery]:
        """What is to be sent now, oldest first in each webhook, by turns; `done` must be told of each."""
        found: list[Delivery] = []
        for hook in list(self._servers):
            if len(found) == count_max:
                break
            server = self._servers[hook]
            room, before = 1 if server.failures else webhook_parallel_max, len(found)
            while (
                len(found) < count_max
                and server.rests_until <= now
                and server.under_way < room
                and server.heads
                and server.heads[0][0] <= now
            ):
                _, _, order = heapq.heappop(server.heads)
                server.under_way += 1
                found.append(server.chains[order][0])
            if len(found) > before:
                self._servers[hook] = self._servers.pop(hook)  # the last one of the next round
        return found

    def done(self, delivery: Delivery, answer: Answer, now: float) -> Delivery:
        """What the answer makes of a delivery that was ready."""
        server = self._servers[delivery.tenant, delivery.webhook]
        server.under_way -= 1
        if answer.meaning is Meaning.DOWN:
            server.failures += 1
            pause = min(webhook_pause_s_min * 2 ** min(server.failures - 1, 20), webhook_pause_s_max)
            server.rests_until = now + max(pause, answer.after_s)
        else:
            server.failures, server.rests_until = 0, 0.0
        after = judged(delivery, answer, now)
        self._settle(server, after)
        return after

    def put_off(self, delivery: Delivery, until: float) -> None:
        """It was ready, and its webhook is switched off: nothing is sent to it for a while."""
        server = self._servers[delivery.tenant, delivery.webhook]
        server.under_way -= 1
        server.rests_until = until
        self._settle(server, delivery)

    def expired(self, now: float) -> list[Delivery]:
        """Waited too long for servers that never answered: dead. They are the oldest, so the heads of their chains."""
        found = []
        for server in self._servers.values():
            for chain in list(server.chains.values()):
                while chain and server.under_way == 0 and now - chain[0].at > webhook_age_s_max:
                    dead = replace(chain[0], state=DEAD)
                    server.heads = [head for head in server.heads if head[2] != dead.order]
                    heapq.heapify(server.heads)
                    self._settle(server, dead)
                    found.append(dead)
        return found

    def states(self) -> Mapping[Hook, dict[str, Any]]:
        """What each webhook is like now."""
        return {
            hook: {"failures": server.failures, "rests_until_at": server.rests_until or None}
            for hook, server in self._servers.items()
        }

    def _settle(self, server: _Server, after: Delivery) -> None:
        chain = server.chains[after.order]
        if after.state == WAITING:
            chain[0] = after
        else:
            chain.popleft()
            self._known.discard((after.tenant, after.id))
        if chain:
            _lead(server, chain)
            return
        del server.chains[after.order]
        if not server.chains and not server.failures:
            del self._servers[after.tenant, after.webhook]


def _lead(server: _Server, chain: deque[Delivery]) -> None:
    head = chain[0]
    heapq.heappush(server.heads, (head.due_at, head.sequence, head.order))


def judged(delivery: Delivery, answer: Answer, now: float) -> Delivery:
    """A delivery after an answer."""
    said = {"at": now, "status": answer.status, "ms": answer.ms, "problem": answer.problem, "answer": answer.body}
    tries = [*delivery.tries, said][-webhook_tries_shown_max:]
    tried = replace(delivery, tries=tries, count=delivery.count + 1)
    match answer.meaning:
        case Meaning.TAKEN:
            return replace(tried, state=DELIVERED)
        case Meaning.GONE:
            return replace(tried, state=DEAD)
        case Meaning.REFUSED:
            refused = delivery.refused + 1
            pause = min(webhook_pause_s_min * 3 ** min(refused - 1, 20), webhook_retry_s_max)
            state = DEAD if refused >= webhook_refusals_max else WAITING
            return replace(tried, state=state, refused=refused, due_at=now + pause)
        case Meaning.DOWN:
            return replace(tried, state=DEAD if now - delivery.at > webhook_age_s_max else WAITING)
