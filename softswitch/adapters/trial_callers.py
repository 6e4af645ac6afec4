"""The node's own telephone (`softswitch.probe`) as a caller: an INVITE with a pass for the number that is to be tried."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from configdb.node import secret
from configdb.passes import Passes
from configdb.snapshot import Directory
from softswitch.adapters.incoming import Incoming
from softswitch.adapters.legs import Deaf
from softswitch.adapters.live_call import wall_clock
from softswitch.peers.crossing import Side
from softswitch.routing.trial import route_number
from softswitch.sip.message import Request
from softswitch.transport.incoming import IncomingSession
from softswitch.transport.listener import SessionListener

TRIAL = "trial."
"""How the user part of a Request-URI begins that holds such a pass."""

PURPOSE = "trial"


class TrialCallers:
    """`passes` takes what another process of this node issued."""

    def __init__(self, incoming: Incoming, directory: Callable[[], Directory], passes: Passes) -> None:
        self._incoming, self._directory, self._passes = incoming, directory, passes

    def arrived(self, session: IncomingSession, request: Request) -> SessionListener | None:
        """The call that tries a number; None when the INVITE is none. A pass that is not good gets 403, never a challenge."""
        user = request.request_uri.user or ""
        if not user.startswith(TRIAL):
            return None
        facts = self._passes.take(PURPOSE, user.removeprefix(TRIAL))
        if facts is None or len(facts) != 1:
            session.reject(403, "Forbidden")
            return Deaf()
        if not session.admit(session.policy):
            return Deaf()
        route = route_number(self._directory(), facts[0])
        return self._incoming.begin(session, request, route, None, Side.UNTRUSTED, None)


def trial_callers(
    data: Path, incoming: Incoming, directory: Callable[[], Directory]
) -> Callable[[IncomingSession, Request], SessionListener | None]:
    """Who is asked about every INVITE of a node."""
    passes = Passes(bytes.fromhex(secret(data, "visitors.key")), wall_clock, wall_clock())
    return TrialCallers(incoming, directory, passes).arrived
