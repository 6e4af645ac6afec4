"""From the event log to the servers of tenants: takes events in, sends what is due, keeps what became of it.

A node's services tell of the events that were filed on that node, so nothing is told twice and a call's events come from one
place. Where it is in the log, the deliveries that wait and their tries are in the history: a restart goes on. What was sent and
not yet written down when the process was killed is sent again with the same `webhook-id`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from typing import Protocol

from configdb.event_log import EventLog, Kept
from configdb.office import Webhook
from configdb.secrets import Sealer, SealError
from configdb.signatures import signature
from configdb.snapshot import Directory
from history.deliveries import WAITING, Delivery, delivery_of
from history.shelves import DELIVERIES, NODE, SOURCES, Change, Put, Shelves, Where
from mgmt.limits import (
    webhook_answer_s_max,
    webhook_intake_events,
    webhook_look_s,
    webhook_round_s,
    webhook_threads_max,
    webhook_turn_s,
    webhook_waiting_max,
)
from mgmt.stream.envelope import wants
from mgmt.webhooks.answers import Answer
from mgmt.webhooks.forms import written
from mgmt.webhooks.waiting import Waiting

AGENT = "softswitch-webhooks"
QUIET_S = 1.0
UNREADABLE = "its secret cannot be read on this node: make a new one"
"""How often events are passed by while no company has a webhook."""


class Sends(Protocol):
    """`mgmt.webhooks.sender.Sender`, or a test's."""

    def send(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """POST and the answer; never raises."""


class Postman:
    """`sources` are those of `mgmt.stream.teller` whose events are told from here. One thread calls `run`; `poke` may be any."""

    def __init__(
        self,
        log: EventLog,
        shelves: Shelves,
        sources: tuple[str, ...],
        directory: Callable[[], Directory],
        sealer: Sealer,
        sender: Sends,
        clock: Callable[[], float],
    ) -> None:
        self._log, self._shelves, self._sources, self._directory = log, shelves, sources, directory
        self._sealer, self._sender, self._clock = sealer, sender, clock
        self._place = f"webhooks {sources[0]}"
        self._after: int | None = None
        self._waiting = Waiting()
        self._pool = ThreadPoolExecutor(webhook_threads_max, "webhook")
        self._under_way: dict[Future[Answer], Delivery] = {}
        self._look_at = self._pass_at = 0.0
        self._known: Directory | None = None
        self._hooks = False

    @property
    def waiting(self) -> int:
        """How many deliveries wait."""
        return len(self._waiting)

    def poke(self) -> None:
        """Somebody wants something to be sent again: look soon."""
        self._look_at = 0.0

    def run(self) -> int:
        """One round; how many deliveries came to an end. Raises `EventsAway`, `StoreAway`; nothing is lost by it."""
        now = self._clock()
        changes, over = self._results(now)
        looks = self._look_at <= now
        if looks:
            expired = self._waiting.expired(now)
            changes, over = [*changes, *(one.put() for one in expired)], over + len(expired)
        if changes:
            self._shelves.write(changes)
        if looks:  # what came to an end is written down by now, and not found waiting
            self._look_at = now + webhook_look_s
            self._look()
        self._send(now)
        self._take_in(now)
        self._send(now)
        return over + self._go_on()

    def close(self) -> None:
        """Wait for what is under way, and write it down."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        wait(self._under_way, webhook_answer_s_max + 1)
        changes, _ = self._results(self._clock())
        if changes:
            self._shelves.write(changes)

    def _go_on(self) -> int:
        """While answers come quickly the next ones are sent at once: a busy company is not held to a few events a round."""
        over, until = 0, time.monotonic() + webhook_round_s
        while self._under_way and time.monotonic() < until:
            if not wait(self._under_way, webhook_turn_s, FIRST_COMPLETED).done:
                break
            now = self._clock()
            changes, ended = self._results(now)
            self._shelves.write(changes)
            self._send(now)
            over += ended
        return over

    def _take_in(self, now: float) -> None:
        if self._after is None:
            self._after = self._begin()
        if not self._wanted():
            self._pass_by(now)
            return
        while len(self._waiting) < webhook_waiting_max:
            found = self._log.read(None, self._after, webhook_intake_events)
            if not found:
                return
            made = [delivery for kept in found for delivery in self._deliveries(kept, now)]
            self._after = found[-1].sequence
            place: Change = Put(SOURCES, NODE, self._place, {"position": self._after})
            self._shelves.write([*(one.put() for one in made), place])
            for one in made:
                self._waiting.add(one)

    def _wanted(self) -> bool:
        """Whether any company has a webhook that is on."""
        directory = self._directory()
        if directory is not self._known:
            self._known, self._hooks = (
                directory,
                any(
                    isinstance(hook, Webhook) and hook.enabled
                    for view in directory.tenants.values()
                    for hook in view.objects.get("webhook", {}).values()
                ),
            )
        return self._hooks

    def _pass_by(self, now: float) -> None:
        """Nobody wants to be told: events are not read, only how many there are, for who wants it from then on."""
        if now < self._pass_at:
            return
        self._pass_at, last = now + QUIET_S, self._log.span().last
        if last != self._after and not self._wanted():
            self._shelves.write([Put(SOURCES, NODE, self._place, {"position": last})])
            self._after = last

    def _begin(self) -> int:
        """Where it was, as long as the log is the same one; at first: from now on."""
        known, span = self._shelves.get(SOURCES, NODE, self._place), self._log.span()
        return min(int(known["position"]), span.last) if known is not None else span.last

    def _deliveries(self, kept: Kept, now: float) -> Iterator[Delivery]:
        if kept.event.get("node") not in self._sources:
            return
        view = self._directory().tenants.get(kept.tenant)
        for hook in view.objects.get("webhook", {}).values() if view is not None else ():
            if isinstance(hook, Webhook) and hook.enabled and wants(hook.events, str(kept.event["type"])):
                yield delivery_of(hook.id, kept.event, kept.sequence, now)

    def _look(self) -> None:
        """What waits in the history and is not known here: after a restart, or because somebody wants it again."""
        found = [
            Delivery.from_document(row.body)
            for row in self._shelves.everywhere(DELIVERIES, (Where("state", "=", WAITING),))
            if row.body["event"].get("node") in self._sources
        ]
        for one in sorted(found, key=lambda each: each.sequence):
            self._waiting.add(one)

    def _send(self, now: float) -> None:
        room = webhook_threads_max - len(self._under_way)
        for delivery in self._waiting.ready(now, room):
            view = self._directory().tenants.get(delivery.tenant)
            hook = view.objects.get("webhook", {}).get(delivery.webhook) if view is not None else None
            if not isinstance(hook, Webhook) and now - delivery.at < webhook_look_s:
                self._waiting.put_off(delivery, now + 1.0)  # it was just made, and this replica does not know it yet
            elif not isinstance(hook, Webhook):
                self._under_way[_known(Answer(410, 0, "the webhook was removed"))] = delivery
            elif not hook.enabled:
                self._waiting.put_off(delivery, now + webhook_look_s)
            elif not (secrets := tuple(self._secrets(hook, now))) and hook.secret is not None:
                self._under_way[_known(Answer(0, 0, UNREADABLE))] = delivery
            else:
                body, headers = _letter(hook, secrets, delivery, now)
                self._under_way[self._pool.submit(self._sender.send, hook.url, body, headers)] = delivery

    def _secrets(self, hook: Webhook, now: float) -> Iterator[str]:
        """The newest first; the one before as long as receivers may still know only that."""
        overlap = hook.previous_until is not None and hook.previous_until > datetime.fromtimestamp(now, UTC)
        for sealed in (hook.secret, hook.previous_secret if overlap else None):
            if sealed is not None:
                try:
                    yield self._sealer.open(sealed)
                except SealError:
                    continue

    def _results(self, now: float) -> tuple[list[Change], int]:
        changes: list[Change] = []
        over = 0
        for future in [one for one in self._under_way if one.done()]:
            delivery = self._under_way.pop(future)
            answer = Answer(0, 0, "it was not sent") if future.cancelled() else future.result()
            after = self._waiting.done(delivery, answer, now)
            over += after.state != WAITING
            changes.append(after.put())
        return changes, over


def _known(answer: Answer) -> Future[Answer]:
    """What became of a delivery that nobody is asked about."""
    made: Future[Answer] = Future()
    made.set_result(answer)
    return made


def _letter(hook: Webhook, secrets: Sequence[str], delivery: Delivery, now: float) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(written(hook.form, delivery.event), separators=(",", ":"), ensure_ascii=False)
    id, at = str(delivery.event["id"]), round(now)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        "webhook-id": id,
        "webhook-timestamp": f"{at}",
    }
    signed = " ".join(signature(secret, id, at, body) for secret in secrets)
    return body.encode(), headers | ({"webhook-signature": signed} if signed else {})
