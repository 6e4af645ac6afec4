"""The event stream /api/v1/events: Server-Sent Events as a native Twisted resource (WHATWG HTML 9.2, DESIGN.md 6).

Thousands of open streams cost no thread. Who may listen to what is decided by `mgmt.access.auth` and `mgmt.access.scope`, as in
Flask, on a pool thread. `id` of an event is its cursor in the event log: Last-Event-ID goes on behind it, on every node and after
any restart; `reset` says that the log does not reach back so far.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from twisted.internet import threads
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from configdb.event_log import EventLog, EventsAway, Kept, Span
from configdb.snapshot import Directory
from mgmt.access.auth import Door, Identity, Policy, cookie_value, require, require_right, require_scope
from mgmt.access.scope import Scope, scope_for
from mgmt.http.door import security_headers
from mgmt.http.errors import Problem, problem_document, problem_type
from mgmt.limits import feed_clients_max, feed_clients_per_session_max, feed_heartbeat_s, feed_look_s, feed_types_max
from mgmt.metrics import Metrics
from mgmt.stream.event_client import END, EventClient
from mgmt.stream.feed import Feed


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who may listen, and how far the log was then (None: it is away)."""

    scope: Scope
    span: Span | None


class EventStream(Resource):
    """The resource, its open clients and their heartbeat."""

    isLeaf = True
    _log = Logger(namespace="mgmt.stream.events")

    def __init__(
        self, feed: Feed, log: EventLog, door: Door, directory: Callable[[], Directory], metrics: Metrics
    ) -> None:
        super().__init__()
        self._feed = feed
        self._event_log = log
        self._door = door
        self._directory = directory
        self._metrics = metrics
        self._clients: list[EventClient] = []
        self._heartbeat = LoopingCall(self._beat)
        self._looking = LoopingCall(self._look)

    def start(self) -> None:
        """Begin the heartbeat, and to compare the feed with the log."""
        self._heartbeat.start(feed_heartbeat_s, now=False)
        self._looking.start(feed_look_s, now=True)

    def stop(self) -> None:
        """End the heartbeat and all streams."""
        for call in (self._heartbeat, self._looking):
            if call.running:
                call.stop()
        for client in tuple(self._clients):
            client.finish()

    def render_GET(self, request: Request) -> int:
        """Find out on a pool thread who asks, then open the stream."""
        gone: list[object] = []
        finished = request.notifyFinish()
        finished.addBoth(gone.append)
        cookie = cookie_value(header(request, "cookie"), self._door.cookie_name)
        found: Deferred[Admitted] = threads.deferToThread(
            self._admitted, cookie, header(request, "authorization"), _tenant_asked(request)
        )
        found.addCallback(lambda admitted: None if gone else self._open(request, admitted))
        found.addErrback(lambda failure: None if gone else self._refuse(request, failure))
        return NOT_DONE_YET

    def _admitted(self, cookie: str | None, authorization: str | None, asked: str | None) -> Admitted:
        identity = self._door.identify(cookie, authorization)
        require(Policy.SESSION, identity)
        require_scope(identity, "events", "GET")
        require_right(identity, "events", "GET", asked)
        if identity is None:
            raise Problem(401, "not_signed_in", "Sign in first.")
        return Admitted(scope_for(identity, self._directory(), asked), self._span())

    def _span(self) -> Span | None:
        try:
            return self._event_log.span()
        except EventsAway:
            return None

    def _read(self, tenant: str, after: int, limit: int) -> Deferred[list[Kept]]:
        read: Deferred[list[Kept]] = threads.deferToThread(self._event_log.read, tenant, after, limit)
        return read

    def _open(self, request: Request, admitted: Admitted) -> None:
        scope, types = admitted.scope, _types(request)
        self._require_place(scope.identity)
        for name, value in security_headers:
            request.setHeader(name, value)
        request.setHeader("Content-Type", "text/event-stream; charset=utf-8")
        request.setHeader("Cache-Control", "no-store")
        request.setHeader("X-Accel-Buffering", "no")
        views = _argument(request, b"live") == "1"
        client = EventClient(request, scope, types, views, self._read, self._metrics.stream_drops.inc)
        request.notifyFinish().addBoth(lambda _: self._forget(client))
        self._clients.append(client)
        self._metrics.stream_clients.set(len(self._clients))
        client.send(b"retry: 2000\n: welcome\n\n")
        self._feed.attach(scope.tenant, client)
        client.begin(_last_event_id(request), admitted.span)

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
        return checked.addCallbacks(self._end, lambda failure: self._log.failure("sessions were not checked", failure))

    def _look(self) -> Deferred[None]:
        """How far the log is: what a push did not tell is found here. Without a listener there is nobody to tell."""
        if not self._feed.listened():
            return succeed(None)
        found: Deferred[Span | None] = threads.deferToThread(self._span)
        return found.addCallback(lambda span: None if span is None else self._feed.reached(span))

    def _may_stay(self, client: EventClient) -> bool:
        """By the door as it is now: what somebody changes of themselves ends nothing."""
        identity = self._door.renewed(client.scope.identity)
        try:
            require_right(identity, "events", "GET", client.scope.tenant)
            return identity is not None and scope_for(identity, self._directory(), client.scope.tenant) is not None
        except Problem:
            return False

    def _end(self, clients: list[EventClient]) -> None:
        for client in clients:
            if client in self._clients:
                client.finish(END)


def header(request: Request, name: str) -> str | None:
    """A header of a request, before Flask reads it."""
    value = request.getHeader(name)
    return value if isinstance(value, str) or value is None else value.decode("latin-1")


def _argument(request: Request, name: bytes) -> str:
    given: bytes = request.args.get(name, [b""])[0]
    return given.decode("utf-8", "replace")


def _tenant_asked(request: Request) -> str | None:
    return header(request, "x-tenant") or _argument(request, b"tenant") or None


def _types(request: Request) -> tuple[str, ...]:
    """The argument `types`: patterns with commas between; none: all."""
    wanted = tuple(each for each in _argument(request, b"types").split(",") if each)
    if len(wanted) > feed_types_max:
        raise Problem(400, "invalid_types", f"types may have {feed_types_max} patterns.")
    return wanted or ("*",)


def _owner(identity: Identity) -> str | None:
    if identity.app is not None:
        return identity.app.id
    return identity.session if identity.key is None else identity.actor


def _last_event_id(request: Request) -> int | None:
    """Last-Event-ID, or the argument `after` (a page that reloads cannot set headers on an EventSource)."""
    text = header(request, "last-event-id") or _argument(request, b"after")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
