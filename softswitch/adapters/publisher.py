"""PUBLISH (RFC 3903): a phone says how its user is; those who watch that user's presence are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from softswitch.adapters.packages import oneself
from softswitch.adapters.requests import Asker
from softswitch.adapters.watch import Key
from softswitch.events.publications import Publications, Refused
from softswitch.sip.fields.events import parse_event
from softswitch.sip.message import Request
from softswitch.transport.server import ServerHandle

PACKAGE = "presence"
SWEEP_S = 5.0


class Publisher:
    """Serves PUBLISH. `changed` is told whose presence may be another."""

    def __init__(self, reactor: Any, publications: Publications, changed: Callable[[Key], None]) -> None:
        self._reactor, self._publications, self._changed = reactor, publications, changed

    def start(self) -> None:
        """Forget what has ended, now and again."""
        for key in self._publications.expire(self._reactor.seconds()):
            self._changed(key)
        self._reactor.callLater(SWEEP_S, self.start)

    def serve(self, handle: ServerHandle, request: Request, asker: Asker) -> None:
        """Answer it."""
        event = request.read("Event", parse_event)
        if event is None or event.package != PACKAGE:
            return handle.reply(489, headers=[("Allow-Events", PACKAGE)])
        key = oneself(asker, request.request_uri.user or "")
        if key is None:
            return handle.reply(404)
        result = self._publications.publish(asker.key, request, self._reactor.seconds())
        if isinstance(result, Refused):
            return handle.reply(result.status, headers=result.headers)
        handle.reply(200, headers=result.headers)
        return self._changed(key)
