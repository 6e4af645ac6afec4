"""Calls that a killed run of the switch left open: those whose media lives go on; far ends of the others get their BYE at once.

While a call lasts, a row of the durable log names its answered dialogs (RFC 3261 12), and what else the next run needs to go on
with it (`calls.survival`). It is written SAVE_S after they changed, for many calls at once, so that a call pays little for it. A
far end whose row is missing finds out by its session timer. What does not go on ends in the history with the last heartbeat
(`adapters.records`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twisted.logger import Logger

from configdb.model import Trunk
from media.plane.client import Opened
from softswitch.adapters.live_call import LiveCall
from softswitch.adapters.locate import reached
from softswitch.adapters.resumption import Resumption, Row, written_way
from softswitch.adapters.state import Table
from softswitch.adapters.switchboard import Switchboard
from softswitch.calls.survival import kept
from softswitch.sip.causes import reason_value
from softswitch.sip.errors import BadMessage
from softswitch.sip.message import Response
from softswitch.transport import resumed
from softswitch.transport.attempt import Attempt, Authenticate
from softswitch.transport.clock import Clock
from softswitch.transport.exchange import Exchange
from softswitch.transport.session import Session

SAVE_S = 0.5
PACE_S = 0.01
"""Between two BYEs of a start: a node that had thousands of calls does not begin with a storm."""

REASON = reason_value(41, "the switch was restarted")


class Survivors:
    """Over the calls of the board. `account(trunk)` answers a carrier that challenges a BYE; `trunks` are those of now."""

    _log = Logger(namespace="softswitch.survivors")

    def __init__(
        self,
        clock: Clock,
        board: Switchboard,
        exchange: Exchange,
        table: Table,
        account: Callable[[Trunk | None], Authenticate | None],
        trunks: Callable[[], Mapping[str, Trunk]],
        resumption: Resumption,
    ) -> None:
        self._clock, self._board, self._exchange, self._table = clock, board, exchange, table
        self._account, self._trunks, self._resumption = account, trunks, resumption
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
        for call, row in self._left.items():
            goes_on = self._resumption.resume(row, found)
            names += goes_on
            if not goes_on:
                self._table.put(call, None)
                ended += [(call, leg) for leg in (row["legs"] if isinstance(row, dict) else ())]
            else:
                self._saved[call] = row
        self._left = {}
        for index, (call, leg) in enumerate(ended):
            self._clock.callLater(PACE_S * index, self._hang_up, call, leg)
        if ended or names:
            self._log.warn("{count} legs of the last run are hung up, others go on", count=len(ended))
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

    def _hang_up(self, call: str, row: Row) -> None:
        try:
            dialog = resumed.read(row).dialog
            way = reached(self._exchange.paths, *row["way"])
        except (KeyError, TypeError, ValueError) as error:
            self._log.error("a leg of {call} cannot be hung up: {error!r}", call=call, error=error)
            return

        def next_number() -> int:
            dialog.local_number += 1
            return dialog.local_number

        def answered(response: Response) -> None:
            if response.status >= 200:
                self._log.info("{who} of {call}: {status}", who=row["who"], call=call, status=response.status)

        def failed(status: int, reason: str) -> None:
            self._log.info("{who} of {call} is not reached: {status}", who=row["who"], call=call, status=status)

        account = self._account(self._trunks().get(row["trunk"] or ""))
        bye = Attempt(self._exchange, way, account, next_number, answered, failed)
        bye.start(dialog.request("BYE", (("Reason", REASON),)))


def _row_of(live: LiveCall) -> Row | None:
    """The answered legs of a call, and what else there is of one that could go on; None: nobody is answered."""
    found = ((leg, live.sessions.get(leg.id)) for leg in live.call.desk.legs.values() if leg.live)
    answered = [(leg, session) for leg, session in found if session is not None and session.confirmed]
    rows = [_row(leg.id, session, leg.label, leg.trunk) for leg, session in answered]
    legs = [row for row in rows if row is not None]
    whole = bool(legs) and len(legs) == len(rows) and all(session.up for _, session in answered)
    return {"legs": legs, "kept": kept(live.call) if whole else None} if legs else None


def _row(leg: str, session: Session, who: str, trunk: str | None) -> Row | None:
    try:
        way = session.way(session.dialog)
    except BadMessage:
        return None
    return {"id": leg, "who": who, "trunk": trunk, **resumed.written(session), "way": written_way(way)}
