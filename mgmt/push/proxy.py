"""Wishes of the switch of this node, sent at once, tried again until the deadline; what became of them in numbers.

One HTTP/2 connection for each service carries all its notes; endpoints of browsers are named by whoever registers, so those
are asked through `mgmt.outbox.web`, which leads nowhere inside.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import structlog

from configdb.bus import Bus
from configdb.push import PushService
from configdb.snapshot import Directory
from mgmt.limits import push_answer_s_max, push_threads_max, push_tries_max, push_waiting_max
from mgmt.outbox.web import Answer, Ask, NotAllowed, Unanswered, Unsent
from mgmt.push.notes import Note, Outcome, Wish, note_of, outcome, service_of
from mgmt.push.sealed import Ears
from mgmt.push.tokens import NoToken, Tokens

_log = structlog.get_logger("push")
PATTERNS = ("push.*.wake", "push.*.cancel")


class Link:
    """HTTP/2 to push services."""

    def __init__(self, trusted: ssl.SSLContext | None = None) -> None:
        limits = httpx.Limits(max_connections=20, max_keepalive_connections=10, keepalive_expiry=300)
        self._client = httpx.Client(
            http2=True, verify=trusted or ssl.create_default_context(), timeout=push_answer_s_max, limits=limits
        )

    def ask(self, ask: Ask) -> Answer:
        """The answer. Raises `Unsent` when nothing can have arrived, else `Unanswered`."""
        try:
            found = self._client.request(ask.method, ask.url, headers=dict(ask.headers), content=ask.body or b"")
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Unsent(type(error).__name__) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unanswered(type(error).__name__) from error
        return Answer(found.status_code, dict(found.headers), found.content)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


class PushProxy:
    """`heard` takes what the bus brings, on any thread. `pause` waits so many seconds; `ears` finds those of a page."""

    def __init__(
        self,
        node: str,
        directory: Callable[[], Directory],
        tokens: Tokens,
        link: Callable[[Ask], Answer],
        web: Callable[[Ask], Answer],
        bus: Bus,
        ears: Callable[[Wish], Ears | None],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._node, self._directory, self._tokens, self._bus = node, directory, tokens, bus
        self._link, self._web, self._ears, self._pause = link, web, ears, pause
        self._pool = ThreadPoolExecutor(push_threads_max, "push")
        self._lock = threading.Lock()
        self._waiting = 0
        self._counts = dict.fromkeys((one.value for one in Outcome), 0)
        self._slowest_s = 0.0

    def heard(self, subject: str, document: Mapping[str, Any]) -> None:
        """A wish: `push.TENANT.wake` or `.cancel`; those of other nodes are theirs."""
        if document.get("node") != self._node:
            return
        try:
            wish = Wish.read(subject.rpartition(".")[2], document)
        except ValueError as wrong:
            _log.warning("push", why=str(wrong))
            return
        with self._lock:
            if self._waiting >= push_waiting_max:
                self._counts[Outcome.LATER.value] += 1
                return
            self._waiting += 1
        self._pool.submit(self._sent, wish, time.monotonic())

    def numbers(self) -> dict[str, float]:
        """How many ended how, and the longest that one took since the last time, for the metrics."""
        with self._lock:
            slowest, self._slowest_s = self._slowest_s, 0.0
            return {**{f"push_{name}": float(count) for name, count in self._counts.items()}, "push_slowest_s": slowest}

    def close(self) -> None:
        """Send nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _sent(self, wish: Wish, began: float) -> None:
        try:
            ended, why = self.send(wish, began + wish.deadline_s)
        except Exception as error:  # a boundary: the next wish must be sent, whatever was wrong with this one
            _log.error("push", device=wish.device, exc_info=error)
            ended, why = Outcome.REFUSED, "a fault of ours"
        with self._lock:
            self._waiting -= 1
            self._counts[ended.value] += 1
            self._slowest_s = max(self._slowest_s, time.monotonic() - began)
        if ended is not Outcome.SENT:
            _log.warning(
                "push", tenant=wish.tenant, device=wish.device, provider=wish.provider, how=ended.value, why=why
            )
        if ended is Outcome.DEAD:
            gone = {"tenant": wish.tenant, "user": wish.user, "device": wish.device, "prid": wish.prid}
            self._bus.publish(f"push.{wish.tenant}.dead", gone | {"provider": wish.provider})

    def send(self, wish: Wish, until: float) -> tuple[Outcome, str]:
        """How it ended, and why in words; `until` is monotonic."""
        services = self._directory().system.get("push", {}).values()
        service = service_of(wish, [one for one in services if isinstance(one, PushService)])
        if service is None:
            return Outcome.REFUSED, f"there is no account at {wish.provider} for {wish.param or 'this phone'}"
        ended, why = Outcome.LATER, "too late"
        for attempt in range(push_tries_max):
            if attempt and ended is Outcome.LATER:
                wait_s = 0.25 * 2**attempt
                if time.monotonic() + wait_s >= until:
                    break
                self._pause(wait_s)
            note = note_of(wish, service, self._ears(wish) if service.provider == "webpush" else None)
            if note is None:
                return Outcome.REFUSED, "the phone's token is none of this service"
            ended, why = self._try(note, service)
            if ended not in (Outcome.LATER, Outcome.TOKEN):
                break
        return ended, why

    def tell(self, note: Note, service: PushService) -> tuple[Outcome, str]:
        """Send what can wait, once more at most with a new token of ours: how it ended, and why in words."""
        ended, why = self._try(note, service)
        if ended is Outcome.TOKEN:
            ended, why = self._try(note, service)
        with self._lock:
            self._counts[ended.value] += 1
        return ended, why

    def _try(self, note: Note, service: PushService) -> tuple[Outcome, str]:
        ask = self._web if service.provider == "webpush" else self._link
        try:
            proof = {"authorization": self._tokens.authorization(service, note.url)}
            answer = ask(Ask("POST", note.url, {**note.headers, **proof}, note.body, answer_s_max=push_answer_s_max))
        except (Unsent, Unanswered) as away:
            return Outcome.LATER, str(away)
        except (NoToken, NotAllowed) as wrong:
            return Outcome.REFUSED, str(wrong)
        ended = outcome(service.provider, answer.status, answer.body)
        if ended is Outcome.TOKEN:
            self._tokens.forget(service, note.url)
        return ended, f"{answer.status} {answer.body[:200].decode('utf-8', 'replace')}"
