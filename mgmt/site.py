"""The Twisted web site of the process: the event stream natively, everything else by Flask in a bounded thread pool."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

from flask import Flask
from twisted.internet.interfaces import IReactorThreads
from twisted.python.threadpool import ThreadPool
from twisted.web.resource import Resource
from twisted.web.server import Request, Site
from twisted.web.wsgi import WSGIResource

from mgmt.access.apps import PREFIX as APP_PREFIX
from mgmt.access.auth import Door, cookie_value
from mgmt.context import Context
from mgmt.http.door import security_headers
from mgmt.http.errors import Problem, problem_document, problem_type
from mgmt.http.reader import Reader
from mgmt.limits import body_drained_bytes_max, bundle_bytes_max, message_body_bytes_max, prompt_bytes_max
from mgmt.stream.events import EventStream, header

events_path = (b"api", b"v1", b"events")
UPLOAD_BYTES_MAX = max(bundle_bytes_max, prompt_bytes_max)
"""What a view takes that takes most."""


class Root(Resource):
    """Routes /api/v1/events to the stream and every other path, unchanged, to Flask."""

    isLeaf = True

    def __init__(self, reactor: IReactorThreads, app: Flask, events: EventStream, pool: ThreadPool) -> None:
        super().__init__()
        self._reactor, self._app, self._events, self._pool = reactor, app, events, pool

    def render(self, request: Request) -> int | bytes:
        """Pass the request on."""
        if tuple(request.postpath or ()) == events_path and request.method == b"GET":
            return cast(int | bytes, self._events.render(request))
        application = Reader(self._reactor, request).paced(self._app.wsgi_app)
        return cast(int | bytes, WSGIResource(self._reactor, self._pool, application).render(request))


class BoundedSite(Site):
    """`knows`: whether the node knows who asks, so that a large file may come of them."""

    knows: Callable[[Request], bool] = staticmethod(lambda request: False)


class BoundedRequest(Request):
    """Stops keeping a body that is too big, and answers 413 before Flask; hangs up on one that never ends.

    How much a view takes is its own to say: here is the most of all, for strangers and for who is known.
    """

    _received_bytes, _most_bytes = 0, message_body_bytes_max

    def handleContentChunk(self, data: bytes) -> None:
        """A piece of the body arrived."""
        before, self._received_bytes = self._received_bytes, self._received_bytes + len(data)
        asks = before <= self._most_bytes < self._received_bytes and self._most_bytes < UPLOAD_BYTES_MAX
        if asks and cast(Any, self.channel).site.knows(self):
            self._most_bytes = UPLOAD_BYTES_MAX
        if self._received_bytes <= self._most_bytes:
            super().handleContentChunk(data)
        elif self._received_bytes > self._most_bytes + body_drained_bytes_max:
            self.channel.forceAbortClient()

    def process(self) -> None:
        """The request is complete."""
        if self._received_bytes <= self._most_bytes:
            super().process()
            return
        problem = Problem(413, "too_large", f"A body may have {self._most_bytes} bytes.")
        body = json.dumps(problem_document(problem, "")).encode()
        self.setResponseCode(413)
        for name, value in (*security_headers, ("Content-Type", problem_type), ("Content-Length", str(len(body)))):
            self.setHeader(name, value)
        self.write(body)
        self.finish()


def make_site(reactor: IReactorThreads, app: Flask, events: EventStream, pool: ThreadPool) -> Site:
    """The site to listen with."""
    site = BoundedSite(Root(reactor, app, events, pool), requestFactory=BoundedRequest)
    site.displayTracebacks = False
    context: Context | None = app.extensions.get("context")
    if context is not None:
        door = context.door
        site.knows = lambda request: _is_known(door, request)
    return site


def _is_known(door: Door, request: Request) -> bool:
    """By what this process knows itself; apps are kept elsewhere, and have nothing large to bring."""
    cookie, authorization = (header(request, name) for name in ("cookie", "authorization"))
    if authorization is not None and APP_PREFIX in authorization:
        return False
    return door.identify(cookie_value(cookie, door.cookie_name), authorization) is not None
