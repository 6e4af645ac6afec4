"""Legs whose connection is gone go on over the one with which their phone registers again (RFC 5626 4.2, 5.3).

Only the phone that the leg is, or one of the same person at the same address, takes a leg over: another phone of theirs
knows nothing of the call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from softswitch.adapters.switchboard import Switchboard
from softswitch.peers.phones import Change, Contact
from softswitch.transport.flows import Flow
from softswitch.transport.session import Session


class WayBack:
    """`find` gives the connection of a name, `board` says whose a leg is."""

    def __init__(self, board: Switchboard, find: Callable[[str], Flow | None]) -> None:
        self._board, self._find = board, find
        self._lost: dict[str, Session] = {}

    def lost(self, sessions: Iterable[Session]) -> None:
        """Their connections are gone."""
        known = {id: session for id, session in self._lost.items() if self._board.of_leg(id) is not None}
        self._lost = known | {session.id: session for session in sessions}

    def met(self) -> None:
        """Another node is there: legs behind it go on over the connections that it has held meanwhile."""
        for id, session in list(self._lost.items()):
            flow = self._find(session.flow.name) if session.flow is not None else None
            if flow is not None and flow.alive:
                del self._lost[id]
                session.search.found(session, flow)

    def registered(self, change: Change) -> None:
        """A phone is there, perhaps again."""
        name = change.contact.binding.source.flow
        if not self._lost or name is None or change.event not in ("created", "refreshed"):
            return
        flow = self._find(name)
        for id, session in list(self._lost.items()) if flow is not None else ():
            if self._is_of(id, session, change.contact):
                del self._lost[id]
                session.search.found(session, flow)

    def _is_of(self, leg_id: str, session: Session, contact: Contact) -> bool:
        live = self._board.of_leg(leg_id)
        leg = live.call.desk.live_leg(leg_id) if live is not None else None
        if live is None or leg is None or (live.view.tenant.id, leg.user) != (contact.tenant, contact.user):
            return False
        if leg.phone is not None:
            return leg.phone == contact.device
        return session.flow is not None and session.flow.host == contact.binding.source.address
