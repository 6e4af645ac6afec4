"""The node's own telephone (`softswitch.probe`) as a caller: an INVITE with a pass for the number that is to be tried."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from configdb.model import Trunk
from configdb.node import secret
from configdb.passes import Passes
from configdb.snapshot import Directory
from softswitch.adapters.incoming import Incoming
from softswitch.adapters.legs import Deaf
from softswitch.adapters.live_call import wall_clock
from softswitch.peers.crossing import Side
from softswitch.peers.trunk_sources import TrunkSources, network_of
from softswitch.routing.trial import route_number
from softswitch.sip.message import Request
from softswitch.transport.incoming import IncomingSession
from softswitch.transport.listener import SessionListener

TRIAL = "trial."
"""How the user part of a Request-URI begins that holds such a pass."""

PURPOSE = "trial"
SIP_PORT = 5060
"""Where a trunk sends from that lists no ports: any, so this one too."""


class TrialCallers:
    """`passes` takes what another process of this node issued: a number, and the trunk by which its calls come ("": any)."""

    def __init__(self, incoming: Incoming, directory: Callable[[], Directory], passes: Passes) -> None:
        self._incoming, self._directory, self._passes = incoming, directory, passes

    def arrived(self, session: IncomingSession, request: Request) -> SessionListener | None:
        """The call that tries a number; None when the INVITE is none. A pass that is not good gets 403, never a challenge."""
        user = request.request_uri.user or ""
        if not user.startswith(TRIAL):
            return None
        facts = self._passes.take(PURPOSE, user.removeprefix(TRIAL))
        if facts is None or len(facts) != 2:
            session.reject(403, "Forbidden")
            return Deaf()
        if not session.admit(session.policy):
            return Deaf()
        number, trunk = facts
        route = route_number(self._directory(), number, self._taken_for(trunk))
        return self._incoming.begin(session, request, route, None, Side.UNTRUSTED, None)

    def _taken_for(self, id: str) -> Trunk | None:
        """The trunk whose call one from the first address of that trunk is taken for; "": of none, or it is gone."""
        trunks = self._directory().trunks
        trunk = trunks.get(id)
        network = network_of(trunk.sources[0]) if trunk is not None and trunk.sources else None
        if trunk is None or network is None:
            return trunk
        port = trunk.source_ports[0] if trunk.source_ports else SIP_PORT
        return TrunkSources(trunks.values()).at(str(network[0]), port)


def trial_callers(
    data: Path, incoming: Incoming, directory: Callable[[], Directory]
) -> Callable[[IncomingSession, Request], SessionListener | None]:
    """Who is asked about every INVITE of a node."""
    passes = Passes(bytes.fromhex(secret(data, "visitors.key")), wall_clock, wall_clock())
    return TrialCallers(incoming, directory, passes).arrived
