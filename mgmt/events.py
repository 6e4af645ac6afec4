"""The event stream /api/v1/events: Server-Sent Events as a native Twisted resource (WHATWG HTML 9.2, DESIGN.md 6).

Thousands of open streams cost no thread. Who may listen to what is decided by `mgmt.auth` and `mgmt.scope`, as in Flask, on a
pool thread. A client that reads slower than events come is dropped, and catches up with Last-Event-ID when it returns.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Callable
from typing import Any, cast

from twisted.internet import threads
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request
from zope.interface import implementer

from configdb.snapshot import Directory
from mgmt.auth import Door, Identity, Policy, cookie_value, require, require_scope
from mgmt.door import security_headers
from mgmt.errors import Problem, problem_document, problem_type
from mgmt.feed import Feed, FeedEvent
from mgmt.limits import (
    feed_clients_max,
    feed_clients_per_session_max,
    feed_heartbeat_s,
    feed_queue_events_max,
)
from mgmt.metrics import Metrics
from mgmt.scope import Scope, scope_for


@implementer(IPushProducer)
class EventClient:
    """One open stream: writes while the connection takes it, queues a bounded number of events while it does not."""

    def __init__(self, request: Request, scope: Scope, dropped: Callable[[], None]) -> None:
        self.scope = scope
        self._request = request
        self._dropped = dropped
        self._queue: deque[bytes] = deque()
        self._paused = False
        request.registerProducer(self, True)

    def deliver(self, event: FeedEvent) -> None:
        """Send an event, or queue it; too long a queue ends the stream."""
        self.send(event.frame())

    def send(self, chunk: bytes) -> None:
        """Send raw bytes of the stream."""
        if not self._paused:
            self._request.write(chunk)
        elif len(self._queue) < feed_queue_events_max:
            self._queue.append(chunk)
        else:
            self._dropped()
            self.abort()

    def abort(self) -> None:
        """End the connection at once."""
        self._queue.clear()
        cast(Any, self._request.transport).abortConnection()

    def pauseProducing(self) -> None:
        """The connection is full."""
        self._paused = True

    def resumeProducing(self) -> None:
        """The connection takes more: what waited goes first."""
        self._paused = False
        while self._queue and not self._paused:
            self._request.write(self._queue.popleft())

    def stopProducing(self) -> None:
        """The connection is gone; `notifyFinish` of the request does the rest."""
        self._paused = True
        self._queue.clear()


class EventStream(Resource):
    """The resource, its open clients and their heartbeat."""

    isLeaf = True
    _log = Logger(namespace="mgmt.events")

    def __init__(self, feed: Feed, door: Door, directory: Callable[[], Directory], metrics: Metrics) -> None:
        super().__init__()
        self._feed = feed
        self._door = door
        self._directory = directory
        self._metrics = metrics
        self._clients: list[EventClient] = []
        self._heartbeat = LoopingCall(self._beat)

    def start(self) -> None:
        """Begin the heartbeat."""
        self._heartbeat.start(feed_heartbeat_s, now=False)

    def stop(self) -> None:
        """End the heartbeat and all streams."""
        if self._heartbeat.running:
            self._heartbeat.stop()
        for client in tuple(self._clients):
            client.abort()

    def render_GET(self, request: Request) -> int:
        """Find out on a pool thread who asks, then open the stream."""
        gone: list[object] = []
        finished = request.notifyFinish()
        finished.addBoth(gone.append)
        cookie = cookie_value(_header(request, "cookie"), self._door.cookie_name)
        found: Deferred[Scope] = threads.deferToThread(
            self._scope, cookie, _header(request, "authorization"), _tenant_asked(request)
        )
        found.addCallback(lambda scope: None if gone else self._open(request, scope))
        found.addErrback(lambda failure: None if gone else self._refuse(request, failure))
        return NOT_DONE_YET

    def _scope(self, cookie: str | None, authorization: str | None, asked: str | None) -> Scope:
        identity = self._door.identify(cookie, authorization)
        require(Policy.SESSION, identity)
        require_scope(identity, "events", "GET")
        if identity is None:
            raise Problem(401, "not_signed_in", "Sign in first.")
        return scope_for(identity, self._directory(), asked)

    def _open(self, request: Request, scope: Scope) -> None:
        self._require_place(scope.identity)
        for name, value in security_headers:
            request.setHeader(name, value)
        request.setHeader("Content-Type", "text/event-stream; charset=utf-8")
        request.setHeader("Cache-Control", "no-store")
        request.setHeader("X-Accel-Buffering", "no")
        client = EventClient(request, scope, self._metrics.stream_drops.inc)
        request.notifyFinish().addBoth(lambda _: self._forget(client))
        self._clients.append(client)
        self._metrics.stream_clients.set(len(self._clients))
        client.send(b"retry: 2000\n: welcome\n\n")
        replay = self._feed.attach(scope.tenant, client, _last_event_id(request))
        if not replay.complete:
            client.send(b"event: reset\ndata: {}\n\n")
        for event in replay.events:
            client.deliver(event)

    def _require_place(self, identity: Identity) -> None:
        mine = Counter(_owner(client.scope.identity) for client in self._clients)[_owner(identity)]
        if len(self._clients) >= feed_clients_max or mine >= feed_clients_per_session_max:
            headers = (("Retry-After", "10"),)
            raise Problem(503, "too_many_streams", "Too many event streams are open.", headers=headers)

    def _refuse(self, request: Request, failure: Failure) -> None:
        problem = failure.value
        if not isinstance(problem, Problem):
            self._log.failure("an event stream could not be opened", failure)
            problem = Problem(500, "internal", "This did not work and the fault is ours.")
        body = json.dumps(problem_document(problem, "")).encode()
        request.setResponseCode(problem.status)
        for name, value in (*security_headers, *problem.headers, ("Content-Type", problem_type)):
            request.setHeader(name, value)
        request.setHeader("Content-Length", str(len(body)))
        request.write(body)
        request.finish()

    def _forget(self, client: EventClient) -> None:
        if client in self._clients:
            self._clients.remove(client)
        self._feed.detach(client.scope.tenant, client)
        self._metrics.stream_clients.set(len(self._clients))

    def _beat(self) -> Deferred[None]:
        """A comment to everybody, which finds dead connections; and an end for who was signed out meanwhile."""
        clients = tuple(self._clients)
        for client in clients:
            client.send(b": heartbeat\n\n")
        checked: Deferred[list[EventClient]] = threads.deferToThread(
            lambda: [client for client in clients if not self._may_stay(client)]
        )
        return checked.addCallbacks(_end, lambda failure: self._log.failure("sessions were not checked", failure))

    def _may_stay(self, client: EventClient) -> bool:
        return self._door.still_valid(client.scope.identity)


def _end(clients: list[EventClient]) -> None:
    for client in clients:
        client.abort()


def _header(request: Request, name: str) -> str | None:
    value = request.getHeader(name)
    return value if isinstance(value, str) or value is None else value.decode("latin-1")


def _tenant_asked(request: Request) -> str | None:
    given = request.args.get(b"tenant", [b""])[0].decode("utf-8", "replace")
    return _header(request, "x-tenant") or given or None


def _owner(identity: Identity) -> str | None:
    return identity.session if identity.key is None else identity.actor


def _last_event_id(request: Request) -> int | None:
    """Last-Event-ID, or the argument `after` (a page that reloads cannot set headers on an EventSource)."""
    text = _header(request, "last-event-id") or request.args.get(b"after", [b""])[0].decode("latin-1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
