"""OPTIONS (RFC 3261 11): what this node can do; whether a user exists is told only to phones of the same tenant.

A node that is drained says 503, so that carriers, balancers and phones go elsewhere with new calls (RFC 3261 21.5.4).
"""

from __future__ import annotations

from collections.abc import Callable

from softswitch.adapters.requests import Asker, whom
from softswitch.peers.identify import Trunk
from softswitch.sip.body import ACCEPT
from softswitch.sip.message import Request
from softswitch.transport.server import ServerHandle

RETRY_AFTER_S = 30
_TEXT = (("Accept-Encoding", "identity"), ("Accept-Language", "en"))


class Options:
    """Serves OPTIONS. `allow` gives the Allow header, `supported` all option tags, `events` the packages of Allow-Events.

    draining: no new calls here.
    """

    def __init__(
        self,
        allow: Callable[[], tuple[tuple[str, str], ...]],
        supported: Callable[[], str],
        events: str,
        draining: Callable[[], bool],
    ) -> None:
        self._allow, self._supported, self._events, self._draining = allow, supported, events, draining

    def serve(self, handle: ServerHandle, request: Request, asker: Asker | Trunk | None) -> None:
        """200; 404 to a phone that asks about somebody its tenant does not have."""
        if self._draining():
            handle.reply(503, headers=(("Retry-After", str(RETRY_AFTER_S)),))
            return
        user = request.request_uri.user
        known = not isinstance(asker, Asker) or user is None or whom(asker, user) is not None
        handle.reply(200 if known else 404, headers=self.capabilities())

    def capabilities(self) -> tuple[tuple[str, str], ...]:
        """The headers that say what this node can do."""
        events = (("Allow-Events", self._events),) if self._events else ()
        return (*self._allow(), *ACCEPT, *_TEXT, ("Supported", self._supported()), *events)
