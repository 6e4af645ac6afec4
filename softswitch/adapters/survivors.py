"""Calls that a killed run of the switch left open: those whose media lives go on; far ends of the others get their BYE at once,
who calls and was not answered a 503, so that they go elsewhere, and who is rung a CANCEL.

While a call lasts, a row of the durable log names its answered dialogs (RFC 3261 12), what is to be said to those who are not
answered, and what else the next run needs to go on with it (`calls.survival`). It is written SAVE_S after they changed, for
many calls at once, so that a call pays little for it. Who was not answered when it was written may be since: they get a BYE
too, in each dialog that was begun. A far end whose row is missing finds out by its session timer. What does not go on ends in
the history with the last heartbeat (`adapters.records`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.logger import Logger

from media.plane.client import Opened
from softswitch.adapters.last_byes import REASON, LastByes
from softswitch.adapters.live_call import LiveCall
from softswitch.adapters.locate import reached
from softswitch.adapters.resumption import Resumption, Row, written_way
from softswitch.adapters.state import Table
from softswitch.adapters.switchboard import Switchboard
from softswitch.calls.survival import kept
from softswitch.sip.dialog import Dialog
from softswitch.sip.errors import BadMessage
from softswitch.transport import resumed
from softswitch.transport.clock import Clock
from softswitch.transport.exchange import Exchange
from softswitch.transport.flows import Destination, Flow, Unsendable
from softswitch.transport.session import Session

SAVE_S = 0.1
"""A row costs 70 us, and a call has two more of them so than with half a second."""
PACE_S = 0.01
"""Between two BYEs of a start: a node that had thousands of calls does not begin with a storm."""

SAID_AGAIN_S = (0.0, 0.5, 1.5)
"""When a 503 or CANCEL of the last run is sent over UDP: no transaction waits for what comes of it (RFC 3261 17)."""

PERHAPS_S = 2.5
"""When who was perhaps answered is told BYE: after the words for who was not, which end an early dialog."""


class Survivors:
    """Over the calls of the board."""

    _log = Logger(namespace="softswitch.survivors")

    def __init__(
        self,
        clock: Clock,
        board: Switchboard,
        exchange: Exchange,
        table: Table,
        resumption: Resumption,
        byes: LastByes,
    ) -> None:
        self._clock, self._board, self._exchange, self._table = clock, board, exchange, table
        self._resumption, self._byes = resumption, byes
        self._saved: dict[str, Row] = {}
        self._left: dict[str, Any] = {}

    def wanted(self) -> list[str]:
        """The legs of the last run that could go on, if their media is still there."""
        self._left = self._table.load()
        return [
            leg["id"] for row in self._left.values() if isinstance(row, dict) and row["kept"] for leg in row["legs"]
        ]

    def start(self, found: Mapping[str, Opened]) -> list[str]:
        """Go on with the calls whose legs were `found`, hang up the others; from now on keep what the next run needs.

        Returns the names under which the history knows what goes on.
        """
        names: list[str] = []
        ended: list[tuple[str, Row]] = []
        early: list[Any] = []
        perhaps: list[tuple[str, Row]] = []
        for call, row in self._left.items():
            early += row.get("early", ()) if isinstance(row, dict) else ()
            perhaps += [(call, leg) for leg in row.get("perhaps", ())] if isinstance(row, dict) else ()
            goes_on = self._resumption.resume(row, found)
            names += goes_on
            if not goes_on:
                self._table.put(call, None)
                ended += [(call, leg) for leg in (row["legs"] if isinstance(row, dict) else ())]
            else:
                self._saved[call] = row
        self._left = {}
        for index, (call, leg) in enumerate(ended):
            self._byes.say(call, leg, PACE_S * index)
        for index, said in enumerate(early):
            self._clock.callLater(PACE_S * index, self._say, said)
        for index, (call, leg) in enumerate(perhaps):
            self._byes.say(call, leg, PERHAPS_S + PACE_S * index)
        if ended or early or names:
            what = {"ended": len(ended), "early": len(early)}
            self._log.warn(
                "{ended} legs of the last run are hung up, {early} that nobody answered; others go on", **what
            )
        self._look()
        return names

    def over(self, call: str) -> None:
        """A call is finished: nobody needs to be told."""
        if self._saved.pop(call, None) is not None:
            self._table.put(call, None)

    def _look(self) -> None:
        """Write down what has changed since the last look."""
        touched, self._board.touched = self._board.touched, set()
        for call in touched:
            live = self._board.calls.get(call)
            row = None if live is None else _row_of(live)
            if row != self._saved.get(call):
                if row is None:
                    self._saved.pop(call, None)
                else:
                    self._saved[call] = row
                self._table.put(call, row)
        self._clock.callLater(SAVE_S, self._look)

    def _say(self, said: Any) -> None:
        """The last words of the last run; a connection that is gone has told the far end already."""
        try:
            words, written = said
            way, data = reached(self._exchange.paths, *written), words.encode("latin-1")
        except (TypeError, ValueError, AttributeError) as error:
            self._log.error("a leg that nobody answered is not told: {error!r}", error=error)
            return
        if not isinstance(way, Destination):
            for seconds in SAID_AGAIN_S[: 1 if way.reliable else None]:
                self._clock.callLater(seconds, self._send, data, way)

    def _send(self, data: bytes, flow: Flow) -> None:
        try:
            flow.send(data)
        except Unsendable as error:
            self._log.info("a leg that nobody answered is not told: {error}", error=error)


def _row_of(live: LiveCall) -> Row | None:
    """The legs of a call, and what else there is of one that could go on; None: there is nobody to be told anything."""
    found = [(leg, live.sessions.get(leg.id)) for leg in live.call.desk.legs.values() if leg.live]
    answered = [(leg, session) for leg, session in found if session is not None and session.confirmed]
    early = [words for _, session in found if session is not None and (words := _last_words(session)) is not None]
    rows = [_row(leg.id, session, session.dialog, leg.label, leg.trunk) for leg, session in answered]
    begun = [
        (leg, session, dialog) for leg, session in found if session is not None for dialog in session.early_dialogs
    ]
    perhaps = [_row(leg.id, session, dialog, leg.label, leg.trunk) for leg, session, dialog in begun]
    legs = [row for row in rows if row is not None]
    whole = bool(legs) and len(legs) == len(rows) and all(session.up for _, session in answered)
    if not legs and not early:
        return None
    return {
        "legs": legs,
        "kept": kept(live.call) if whole else None,
        "early": early,
        "perhaps": [row for row in perhaps if row],
    }


def _last_words(session: Session) -> tuple[str, list[str | int | None]] | None:
    said = session.last_words(REASON)
    return None if said is None else (said[0].to_bytes().decode("latin-1"), written_way(said[1]))


def _row(leg: str, session: Session, dialog: Dialog, who: str, trunk: str | None) -> Row | None:
    try:
        way = session.way(dialog)
    except BadMessage:
        return None
    return {"id": leg, "who": who, "trunk": trunk, **resumed.written(session, dialog), "way": written_way(way)}
