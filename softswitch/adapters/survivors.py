"""Calls that a killed run of the switch left open: each far end is told at once by the next run that its call is over (BYE).

While a call lasts, a row of the durable log names its answered dialogs (RFC 3261 12). It is written SAVE_S after they changed,
for many calls at once, so that a call pays little for it. A far end whose row is missing finds out by its session timer.
What was recorded of the call ends with the last heartbeat (`adapters.records`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twisted.logger import Logger

from configdb.model import Trunk
from softswitch.adapters.live_call import LiveCall
from softswitch.adapters.locate import reached
from softswitch.adapters.state import Table
from softswitch.adapters.switchboard import Switchboard
from softswitch.sip.causes import reason_value
from softswitch.sip.dialog import Dialog
from softswitch.sip.errors import BadMessage
from softswitch.sip.message import Response
from softswitch.transport.attempt import Attempt, Authenticate
from softswitch.transport.clock import Clock
from softswitch.transport.exchange import Exchange
from softswitch.transport.flows import Destination, Flow
from softswitch.transport.session import Session

SAVE_S = 0.5
PACE_S = 0.01
"""Between two BYEs of a start: a node that had thousands of calls does not begin with a storm."""

NUMBERS_SKIPPED = 1_000
"""More requests than a leg may have sent since its row was written: the CSeq of its BYE has to be higher."""

REASON = reason_value(41, "the switch was restarted")
Row = dict[str, Any]


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
    ) -> None:
        self._clock, self._board, self._exchange, self._table = clock, board, exchange, table
        self._account, self._trunks = account, trunks
        self._saved: dict[str, list[Row]] = {}

    def start(self) -> None:
        """Tell the far ends of the last run; from now on keep what the next one needs."""
        left = self._table.load()
        rows = [(call, row) for call, legs in left.items() for row in legs]
        for call in left:
            self._table.put(call, None)
        for index, (call, leg) in enumerate(rows):
            self._clock.callLater(PACE_S * index, self._hang_up, call, leg)
        if rows:
            self._log.warn("{count} legs of the last run are hung up", count=len(rows))
        self._look()

    def over(self, call: str) -> None:
        """A call is finished: nobody needs to be told."""
        if self._saved.pop(call, None) is not None:
            self._table.put(call, None)

    def _look(self) -> None:
        """Write down what has changed since the last look."""
        touched, self._board.touched = self._board.touched, set()
        for call in touched:
            live = self._board.calls.get(call)
            rows = [] if live is None else _rows(live)
            if rows != self._saved.get(call, []):
                self._saved[call] = rows
                self._table.put(call, rows or None)
        self._clock.callLater(SAVE_S, self._look)

    def _hang_up(self, call: str, row: Row) -> None:
        try:
            dialog = _dialog(row)
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


def _rows(live: LiveCall) -> list[Row]:
    """The answered legs of a call."""
    found = ((leg, live.sessions.get(leg.id)) for leg in live.call.desk.legs.values() if leg.live)
    rows = (_row(session, leg.label, leg.trunk) for leg, session in found if session is not None and session.confirmed)
    return [row for row in rows if row is not None]


def _row(session: Session, who: str, trunk: str | None) -> Row | None:
    dialog = session.dialog
    try:
        way = session.way(dialog)
    except BadMessage:
        return None
    return {
        "who": who,
        "trunk": trunk,
        "dialog": [*dialog.key, dialog.local, dialog.remote, dialog.target, list(dialog.routes)],
        "number": dialog.local_number,
        "way": _written(way),
    }


def _written(way: Destination | Flow) -> list[str | int | None]:
    """As `reached` takes it."""
    if isinstance(way, Destination):
        return [None, way.host, way.port, way.transport or ("tls" if way.secure else "")]
    return [way.name, way.host, way.port, way.kind]


def _dialog(row: Row) -> Dialog:
    call_id, ours, theirs, local, remote, target, routes = row["dialog"]
    dialog = Dialog((call_id, ours, theirs), local, remote, target)
    dialog.routes = tuple(routes)
    dialog.local_number = int(row["number"]) + NUMBERS_SKIPPED
    dialog.confirm()
    return dialog
