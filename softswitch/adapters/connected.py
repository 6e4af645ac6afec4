"""Carriers of our trust domain say who is at the far end of a call that goes on (RFC 3325, RFC 5876); nobody else is believed."""

from __future__ import annotations

from collections.abc import Callable

from configdb.snapshot import Directory
from softswitch.adapters.switchboard import Switchboard
from softswitch.peers.identity import Caller, caller_of, connected_of
from softswitch.routing.inbound import caller_as_written
from softswitch.routing.numbers import ANONYMOUS
from softswitch.sip.message import Message
from softswitch.transport.session import Session

_METHODS = ("INVITE", "UPDATE")


class Connected:
    """`named` is the user agent's."""

    def __init__(self, board: Switchboard, directory: Callable[[], Directory]) -> None:
        self._board, self._directory = board, directory

    def named(self, session: Session, message: Message) -> None:
        """A message of a far end names somebody."""
        live = self._board.of_leg(session.id)
        leg = live.call.desk.live_leg(session.id) if live is not None else None
        trunk = self._directory().trunks.get(leg.trunk or "") if leg is not None else None
        if live is None or leg is None or trunk is None or not trunk.trusted_identity:
            return
        party = connected_of(message) if message.cseq.method in _METHODS else None
        if party is not None:
            country = trunk.country or live.view.tenant.country
            number = caller_as_written(party.number, trunk.numbers_in, country)
            withheld = party.withheld or (leg.party == ANONYMOUS and _called(session, party))
            told = (session.id, number, party.name, withheld)
            self._board.feed(live, lambda call, now: call.connected.named(*told, now))


def _called(session: Session, party: Caller) -> bool:
    """Whether it is who called: who hid then hides still, whether each refresh says so or not (RFC 3323 4.2)."""
    return session.direction == "in" and caller_of(session.request, trusted=True).number in ("", party.number)
