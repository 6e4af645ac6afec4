"""The Twisted web site of the process: the event stream natively, everything else by Flask in a bounded thread pool."""

from __future__ import annotations

import json
from typing import cast

from flask import Flask
from twisted.internet.interfaces import IReactorThreads
from twisted.python.threadpool import ThreadPool
from twisted.web.resource import Resource
from twisted.web.server import Request, Site
from twisted.web.wsgi import WSGIResource

from mgmt.http.door import security_headers
from mgmt.http.errors import Problem, problem_document, problem_type
from mgmt.http.reader import Reader
from mgmt.limits import body_bytes_max, body_drained_bytes_max
from mgmt.stream.events import EventStream

events_path = (b"api", b"v1", b"events")


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


class BoundedRequest(Request):
    """Stops keeping a body that is too big, and answers 413 before Flask; hangs up on one that never ends."""

    _received_bytes = 0

    def handleContentChunk(self, data: bytes) -> None:
        """A piece of the body arrived."""
        self._received_bytes += len(data)
        if self._received_bytes <= body_bytes_max:
            super().handleContentChunk(data)
        elif self._received_bytes > body_drained_bytes_max:
            self.channel.forceAbortClient()

    def process(self) -> None:
        """The request is complete."""
        if self._received_bytes <= body_bytes_max:
            super().process()
            return
        problem = Problem(413, "too_large", f"A body may have {body_bytes_max} bytes.")
        body = json.dumps(problem_document(problem, "")).encode()
        self.setResponseCode(413)
        for name, value in (*security_headers, ("Content-Type", problem_type), ("Content-Length", str(len(body)))):
            self.setHeader(name, value)
        self.write(body)
        self.finish()


def make_site(reactor: IReactorThreads, app: Flask, events: EventStream, pool: ThreadPool) -> Site:
    """The site to listen with."""
    site = Site(Root(reactor, app, events, pool), requestFactory=BoundedRequest)
    site.displayTracebacks = False
    return site
